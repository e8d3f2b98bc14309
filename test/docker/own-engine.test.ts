import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type Engine } from "../../src/docker/connect";
import { inspectImage, tagImage } from "../../src/docker/image";
import { pushImage } from "../../src/docker/push";
import { registryTags } from "../../src/docker/registry-tags";
import { bedEnv } from "../bed/env";
import { endProcessesWith } from "./eventually";
import { type OwnEngine, openOwnEngine } from "./own-engine";
import { openRegistryFront } from "./registry-front";
import { openWorkbench, type Workbench } from "./workbench";

const from = "ARG BASE\nFROM $BASE\n";

describe("an engine", () => {
  const signal = new AbortController().signal;
  let bench: Workbench;
  let own: OwnEngine;
  let engine: Engine;
  before(async function () {
    this.timeout(120_000);
    bench = await openWorkbench();
    own = await openOwnEngine();
    engine = await own.connect();
  });
  after(async () => {
    await own?.close();
    await bench.close();
  });

  it("that wants certificates of its clients answers one that has them", async () => {
    const env = { DOCKER_HOST: own.tlsHost, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: own.certificates };
    assert.equal((await connect({ env })).version, engine.version);
  });

  it("that wants certificates of its clients refuses the others, and says so", async () => {
    const env = {
      DOCKER_HOST: own.tlsHost,
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: await bench.folder({}),
    };
    await assert.rejects(connect({ env }), { code: "engine-not-found", detail: /certificate/ });
    await assert.rejects(connect({ env: { DOCKER_HOST: own.tlsHost } }), {
      code: "engine-not-found",
      detail: /HTTPS server/,
    });
  });

  for (const builder of ["classic", "buildkit"] as const) {
    it(`that is killed in the middle of a build by ${builder} leaves no image, and builds when it is back`, async () => {
      const name = `killed-${builder}`;
      const reference = `${bench.prefix}/${name}`;
      const marker = `600.${bench.prefix.replace(/\D/g, "")}7`;
      const folder = await bench.folder({ Dockerfile: `${from}RUN echo begun && sleep ${marker}\n` });
      const build = (onBegun?: () => void) =>
        bench.build(folder, {
          engine: { ...engine, builder },
          name,
          network: "host",
          onEvent: (event) => {
            if (event.state === "output" && event.line === "begun") onBegun?.();
          },
        });
      let killed: Promise<void> | undefined;
      const building = build(() => {
        killed = own.kill();
      });
      await assert.rejects(building, { code: "engine-failed", kind: "engine", message: /broke off/ });
      await killed;
      await endProcessesWith(marker);
      await assert.rejects(build(), { code: "engine-failed", next: /Is the container engine still running/ });

      await own.start();
      assert.equal(await inspectImage(engine, reference), undefined);
      await writeFile(join(folder, "Dockerfile"), `${from}RUN echo begun\n`);
      const { id } = await build();
      assert.equal((await inspectImage(engine, reference))?.id, id);
    });
  }

  it("that is killed in the middle of a push leaves no tag, and pushes when it is back", async () => {
    const front = await openRegistryFront(bedEnv().registry.open);
    try {
      await bench.build(await bench.folder({ Dockerfile: "FROM scratch\nCOPY file /\n", file: "" }), {
        engine,
        name: "pushed",
        network: "host",
      });
      const reference = `${front.host}/${bench.prefix}/pushed:1`;
      await tagImage(engine, `${bench.prefix}/pushed`, reference);
      const push = () => pushImage(engine, reference, () => {}, signal, { env: {} });
      const held = front.hold(({ method }) => method === "PATCH");
      const pushing = push();
      await held.arrived;
      await Promise.all([
        own.kill(),
        assert.rejects(pushing, { code: "engine-failed", kind: "engine", message: /broke off the push/ }),
      ]);
      held.release();
      assert.deepEqual(await registryTags(reference, { env: {} }), []);

      await own.start();
      await push();
      assert.deepEqual(await registryTags(reference, { env: {} }), ["1"]);
    } finally {
      await front.close();
    }
  });
});

describe("an engine whose disk is full", () => {
  let bench: Workbench;
  let own: OwnEngine;
  before(async function () {
    this.timeout(120_000);
    bench = await openWorkbench();
    own = await openOwnEngine({ megabytes: 400 });
  });
  after(async () => {
    await own?.close();
    await bench.close();
  });

  for (const builder of ["classic", "buildkit"] as const) {
    it(`says so, at the line that filled it, by the builder ${builder}`, async () => {
      const engine = { ...(await own.connect()), builder };
      const Dockerfile = `${from}RUN head -c 500M /dev/zero > /large\n`;
      const building = bench.build(await bench.folder({ Dockerfile }), {
        engine,
        name: "full",
        network: "host",
      });
      await assert.rejects(
        building,
        (error: { message: string; detail?: string; place?: { line?: number } }) => {
          assert.match(`${error.message}\n${error.detail}`, /No space left on device/);
          assert.equal(error.place?.line, 3);
          return true;
        },
      );
      assert.equal(await inspectImage(engine, `${bench.prefix}/full`), undefined);
    });
  }
});
