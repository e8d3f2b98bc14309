import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { connect, type Engine } from "../../src/docker/connect";
import { openContainer } from "../../src/docker/container";
import type { BuildEvent } from "../../src/docker/events";
import { bedEnv } from "../bed/env";
import { openSshd, type Sshd } from "./sshd";
import { base, openWorkbench, type Workbench } from "./workbench";

describe("an engine behind ssh", () => {
  const socket = bedEnv().dockerHost.replace(/^unix:\/\//, "");
  const signal = new AbortController().signal;
  let bench: Workbench;
  let sshd: Sshd;
  let engine: Engine;
  before(async () => {
    [bench, sshd] = await Promise.all([openWorkbench(), openSshd()]);
    engine = await connect({ env: { ...sshd.env, DOCKER_HOST: `ssh://${sshd.address}${socket}` } });
  });
  after(async () => {
    await sshd?.close();
    await bench?.close();
  });

  it("answers, as the same one on its socket", async () => {
    assert.equal(engine.version, bench.engine.version);
    assert.match(engine.endpoint, /^ssh:/);
  });

  it("is that of a Docker context, too", async () => {
    const { createHash } = await import("node:crypto");
    const id = createHash("sha256").update("far").digest("hex");
    const meta = { Name: "far", Endpoints: { docker: { Host: `ssh://${sshd.address}${socket}` } } };
    const config = await bench.folder({
      "config.json": JSON.stringify({ currentContext: "far" }),
      [`contexts/meta/${id}/meta.json`]: JSON.stringify(meta),
    });
    const found = await connect({ env: { ...sshd.env, DOCKER_CONFIG: config } });
    assert.equal(found.version, bench.engine.version);
  });

  it("runs a container, with its streams both ways", async () => {
    const opened = await openContainer(
      engine,
      { image: base, command: ["cat"], network: "none", labels: bench.labels },
      signal,
    );
    opened.stdin.end("there and back\n");
    const [said, , { code }] = await Promise.all([text(opened.stdout), text(opened.stderr), opened.exited]);
    await opened.remove();
    assert.deepEqual([said, code], ["there and back\n", 0]);
  });

  for (const builder of ["classic", "buildkit"] as const) {
    it(`builds, by the builder ${builder}`, async () => {
      const folder = await bench.folder({
        Dockerfile: `FROM ${base}\nCOPY word /word\nRUN cat /word\n`,
        word: `far away from ${bench.prefix}\n`,
      });
      const events: BuildEvent[] = [];
      await bench.build(folder, { engine: { ...engine, builder }, name: `ssh-${builder}`, events });
      assert.ok(events.some((event) => event.state === "output" && /far away/.test(event.line)));
      assert.equal(
        await bench.run(`${bench.prefix}/ssh-${builder}`, ["cat", "/word"]),
        `far away from ${bench.prefix}\n`,
      );
    });
  }

  it("that is lost in the middle of a build is told", async () => {
    const folder = await bench.folder({ Dockerfile: `FROM ${base}\nRUN echo begun && sleep 600\n` });
    const broken = bench.build(folder, {
      engine,
      name: "ssh-broken",
      onEvent: (event) => {
        if (event.state === "output" && /^begun/.test(event.line)) void sshd.breakConnections();
      },
    });
    await assert.rejects(broken, { code: "engine-failed" });
  });

  const refused = (host: string, env = sshd.env) =>
    assert.rejects(connect({ env: { ...env, DOCKER_HOST: host } }), (error: Error & { detail?: string }) => {
      refusal = error.detail ?? "";
      return "code" in error && error.code === "engine-not-found";
    });
  let refusal = "";

  it("is told with ssh's own words where there is no such socket", async () => {
    await refused(`ssh://${sshd.address}/nonexistent/docker.sock`);
    assert.match(refusal, /ssh to 127\.0\.0\.1: .*nonexistent\/docker\.sock/s);
  });

  it("is told where nobody listens, and where there is no ssh", async () => {
    await refused("ssh://127.0.0.1:1");
    assert.match(refusal, /ssh to 127\.0\.0\.1: .*Connection refused/s);
    await refused(`ssh://${sshd.address}`, { ...sshd.env, PATH: "/nonexistent" });
    assert.match(refusal, /ENOENT/);
  });

  // The last one: nobody comes in behind it.
  it("is told where it knows no key of ours, without asking for a password", async () => {
    await sshd.forgetKey();
    await refused(`ssh://${sshd.address}${socket}`);
    assert.match(refusal, /Permission denied/);
  });
});
