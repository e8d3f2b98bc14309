import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { connect } from "../../src/docker/connect";
import { tagImage } from "../../src/docker/image";
import { startLocalRegistry } from "../../src/docker/local-registry";
import { pushImage } from "../../src/docker/push";
import { registryTags } from "../../src/docker/registry-tags";
import { bedEnv } from "../bed/env";
import { eventually } from "./eventually";
import { openWorkbench, type Workbench } from "./workbench";

const config =
  "version: 0.1\nstorage: {filesystem: {rootdirectory: /var/lib/registry}}\nhttp: {addr: ':5000'}\n";

describe("a registry on the engine", () => {
  const signal = new AbortController().signal;
  const env = { DOCKER_CONFIG: "/nonexistent" };
  let bench: Workbench;
  let name: string;
  let image: string;
  before(async () => {
    bench = await openWorkbench();
    name = `${bench.prefix}-registry`;
    image = `${bench.prefix}/registry`;
    const Dockerfile =
      'ARG BASE\nFROM $BASE\nCOPY docker-registry config.yml /\nCMD ["/docker-registry", "serve", "/config.yml"]\n';
    const folder = await bench.folder({ Dockerfile, "config.yml": config });
    // The bed's own, which is what registry:2 has too.
    await copyFile("/usr/bin/docker-registry", join(folder, "docker-registry"));
    await bench.build(folder, { name: "registry" });
    await bench.build(await bench.folder({ Dockerfile: "FROM scratch\nCOPY file /\n", file: "" }), {
      name: "sent",
    });
  });
  after(async () => {
    const { docker } = bench.engine;
    await docker.getContainer(name).remove({ force: true });
    await docker.getVolume(name).remove();
    await bench.close();
  });

  const start = () => startLocalRegistry(bench.engine, signal, { image, env, name });
  const answers = (host: string) =>
    eventually("it answers", () =>
      registryTags(`${host}/x`, { env }).then(
        () => true,
        () => false,
      ),
    );

  it("takes images, and has them still when it is started again elsewhere, for its port is taken", async () => {
    const { host, running } = await start();
    assert.match(host, /^localhost:500\d$/);
    assert.equal(running, false);
    assert.deepEqual(await start(), { host, running: true });
    await answers(host);
    const reference = `${host}/${bench.prefix}:1`;
    await tagImage(bench.engine, `${bench.prefix}/sent`, reference);
    await pushImage(bench.engine, reference, () => {}, signal, { env });

    await bench.engine.docker.getContainer(name).stop({ t: 0 });
    const other = createServer();
    await once(other.listen(Number(host.split(":")[1]), "127.0.0.1"), "listening");
    try {
      const again = await start();
      assert.equal(again.running, false);
      assert.notEqual(again.host, host);
      await answers(again.host);
      assert.deepEqual(await registryTags(`${again.host}/${bench.prefix}`, { env }), ["1"]);
    } finally {
      other.close();
    }
  });

  it("is reached from the machine of its engine alone", async () => {
    const { docker } = await connect({ env: { DOCKER_HOST: bedEnv().dockerHost } });
    const { NetworkSettings } = await docker.getContainer(name).inspect();
    const addresses = Object.values(NetworkSettings.Ports).flatMap((bound) => bound ?? []);
    assert.deepEqual(
      addresses.map(({ HostIp }) => HostIp),
      ["127.0.0.1"],
    );
  });
});
