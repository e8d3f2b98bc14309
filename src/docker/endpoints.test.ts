import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "./connect";
import { endpoints } from "./endpoints";

describe("where an engine is looked for", () => {
  let home: string;
  let config: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "airlock-home-"));
    config = join(home, ".docker");
    await mkdir(config);
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const names = async (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = "linux") =>
    (await endpoints({ HOME: home, ...env }, platform)).map(({ name }) => name);

  async function context(name: string, Host: string): Promise<void> {
    const folder = join(config, "contexts/meta", createHash("sha256").update(name).digest("hex"));
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, "meta.json"),
      JSON.stringify({ Name: name, Endpoints: { docker: { Host } } }),
    );
  }

  it("is only DOCKER_HOST where that is set", async () => {
    await context("mine", "unix:///context.sock");
    const env = { DOCKER_HOST: "tcp://10.0.0.1:2375", DOCKER_CONTEXT: "mine" };
    assert.deepEqual(await names(env), ["tcp://10.0.0.1:2375"]);
  });

  it("is only the chosen context", async () => {
    await context("mine", "unix:///mine.sock");
    await context("other", "unix:///other.sock");
    await writeFile(join(config, "config.json"), JSON.stringify({ currentContext: "mine" }));
    assert.deepEqual(await names({}), ["unix:///mine.sock"]);
    assert.deepEqual(await names({ DOCKER_CONTEXT: "other" }), ["unix:///other.sock"]);
  });

  it("is else the known sockets, the default one first", async () => {
    await writeFile(join(config, "config.json"), JSON.stringify({ currentContext: "default" }));
    const found = await names({ XDG_RUNTIME_DIR: "/run/user/7" });
    assert.equal(found[0], "unix:///var/run/docker.sock");
    assert.ok(found.includes("unix:///run/user/7/docker.sock"));
    assert.ok(found.includes("unix:///run/user/7/podman/podman.sock"));
    assert.deepEqual(await names({}, "win32"), ["npipe:////./pipe/docker_engine"]);
  });

  it("cannot be a context that is not there", async () => {
    await assert.rejects(names({ DOCKER_CONTEXT: "gone" }), {
      code: "engine-bad-context",
      message: /"gone"/,
    });
  });

  for (const host of ["ssh://-oProxyCommand=x", "ftp://host", "tcp://a b"]) {
    it(`cannot be ${host}`, async () => {
      await assert.rejects(names({ DOCKER_HOST: host }), { code: "engine-unsupported-host" });
    });
  }

  it("uses TLS where the environment has certificates", async () => {
    await writeFile(join(home, "ca.pem"), "ca");
    const env = { HOME: home, DOCKER_HOST: "tcp://h", DOCKER_CERT_PATH: home };
    const [endpoint] = await endpoints(env, "linux");
    const { protocol, port }: { protocol?: string; port?: string } = (await endpoint?.options()) ?? {};
    assert.deepEqual({ protocol, port }, { protocol: "https", port: "2376" });
  });

  it("is told whole, with the reasons, where none answers", async () => {
    const tried = connect({ env: { HOME: home, DOCKER_HOST: `unix://${home}/none.sock` } });
    await assert.rejects(tried, {
      code: "engine-not-found",
      kind: "engine",
      detail: `tried unix://${home}/none.sock (DOCKER_HOST): not there`,
    });
  });

  it("is not looked for once it is cancelled", async () => {
    const signal = AbortSignal.abort();
    await assert.rejects(connect({ env: { DOCKER_HOST: "unix:///none.sock" }, signal }), {
      code: "cancelled",
    });
  });
});
