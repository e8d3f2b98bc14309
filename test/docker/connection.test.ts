import assert from "node:assert/strict";
import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { connect, type Engine } from "../../src/docker/connect";
import { openContainer } from "../../src/docker/container";
import { bedEnv } from "../bed/env";
import { builders } from "./engines";
import { base, openWorkbench, type Workbench } from "./workbench";

/** The engine behind a TCP port, whose cable can be pulled. */
async function openCable(): Promise<{ host: string; pull(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (near) => {
    const { dockerHost } = bedEnv();
    const far = dockerHost.startsWith("unix://")
      ? createConnection({ path: dockerHost.slice("unix://".length), allowHalfOpen: true })
      : createConnection({ host: new URL(dockerHost).hostname, port: Number(new URL(dockerHost).port) });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
    near.pipe(far).pipe(near);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  return {
    host: `tcp://127.0.0.1:${address.port}`,
    async pull() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

describe("a connection to the engine", () => {
  let bench: Workbench;
  let cable: Awaited<ReturnType<typeof openCable>>;
  let engine: Engine;
  const signal = new AbortController().signal;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());
  beforeEach(async () => {
    cable = await openCable();
    engine = await connect({ env: { DOCKER_HOST: cable.host } });
  });

  it("goes by TCP as well, and tells what it found", async () => {
    assert.equal(engine.endpoint, cable.host);
    assert.equal(engine.version, bench.engine.version);
    assert.equal(engine.apiVersion, bench.engine.apiVersion);
    const spec = { image: base, labels: bench.labels, network: "none", command: ["cat"] };
    const { stdin, stdout, stderr, remove } = await openContainer(engine, spec, signal);
    stderr.resume();
    stdin.end("by TCP");
    assert.equal(await text(stdout), "by TCP");
    await remove();
    await cable.pull();
  });

  it("takes the builder that the environment asks for, else the engine's", async () => {
    const asked = (DOCKER_BUILDKIT: string) => connect({ env: { DOCKER_HOST: cable.host, DOCKER_BUILDKIT } });
    assert.equal((await asked("1")).builder, bedEnv().engine === "podman" ? "classic" : "buildkit");
    assert.equal((await asked("0")).builder, "classic");
    assert.equal(engine.builder, Number.parseInt(engine.version, 10) >= 23 ? "buildkit" : "classic");
    await cable.pull();
  });

  it("that breaks ends a container's streams, and says so", async () => {
    const spec = {
      image: base,
      labels: bench.labels,
      network: "none",
      command: ["sh", "-c", "echo up; sleep 600"],
    };
    const { stdout, stderr, exited } = await openContainer(engine, spec, signal);
    stderr.resume();
    await once(stdout, "data");
    const ended = once(stdout, "end");
    await cable.pull();
    await ended;
    await assert.rejects(exited, { code: "engine-lost", kind: "engine" });
  });

  for (const builder of builders) {
    it(`that breaks ends a build by the ${builder} builder, and says so`, async () => {
      const Dockerfile = `ARG BASE\nFROM $BASE\nRUN echo up ${bench.prefix} && sleep 600\n`;
      const building = bench.build(await bench.folder({ Dockerfile }), {
        engine: { ...engine, builder },
        onEvent: (event) => {
          if (event.state === "output" && event.line === `up ${bench.prefix}`) void cable.pull();
        },
      });
      await assert.rejects(building, { code: "engine-failed", kind: "engine", message: /broke off/ });
    });
  }

  it("that is gone is told by the next call", async () => {
    await cable.pull();
    await assert.rejects(connect({ env: { DOCKER_HOST: cable.host } }), {
      code: "engine-not-found",
      detail: `tried ${cable.host} (DOCKER_HOST): nothing listens there`,
    });
    const spec = { image: base, labels: bench.labels };
    await assert.rejects(openContainer(engine, spec, signal), { code: "engine-failed" });
  });

  it("to what does not answer is given up", async () => {
    await cable.pull();
    const silent = createServer(() => {});
    await once(silent.listen(0, "127.0.0.1"), "listening");
    const address = silent.address();
    assert.ok(typeof address === "object" && address);
    const host = `tcp://127.0.0.1:${address.port}`;
    const sockets: Socket[] = [];
    silent.on("connection", (socket) => sockets.push(socket));
    await assert.rejects(connect({ env: { DOCKER_HOST: host }, timeoutMs: 100 }), {
      code: "engine-not-found",
      detail: /no answer in 0\.1 s/,
    });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});
