import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { BuildEvent } from "../../src/docker/events";
import { inspectImage } from "../../src/docker/image";
import { builders, notOnPodman } from "./engines";
import { type BuildHere, base, openWorkbench, type Workbench } from "./workbench";

describe("how an image is built", () => {
  let bench: Workbench;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  for (const builder of builders) {
    describe(`by the builder ${builder}`, () => {
      const build = async (name: string, dockerfile: string, options: BuildHere = {}) => {
        const folder = await bench.folder({ Dockerfile: dockerfile });
        return bench.build(folder, {
          engine: { ...bench.engine, builder },
          name: `${builder}-${name}`,
          ...options,
        });
      };
      const image = (name: string) => `${bench.prefix}/${builder}-${name}`;

      it("is to a stage", async () => {
        await build("stage", `FROM ${base} AS first\nRUN echo first > /which\nFROM ${base}\nRUN exit 3\n`, {
          target: "first",
        });
        assert.equal(await bench.run(image("stage"), ["cat", "/which"]), "first\n");
      });

      it("is for a platform", async () => {
        await build("platform", `FROM ${base}\n`, { platform: "linux/amd64" });
        assert.equal((await inspectImage(bench.engine, image("platform")))?.architecture, "amd64");
      });

      it("is with a network", async function () {
        notOnPodman(this, "4.3 takes no notice of it");
        const interfaces = `FROM ${base}\nRUN ls /sys/class/net > /interfaces\n`;
        await build("network", interfaces, { network: "none" });
        assert.equal(await bench.run(image("network"), ["cat", "/interfaces"]), "lo\n");
      });

      it("is without the engine's cache", async () => {
        const dockerfile = `FROM ${base}\nRUN head -c 16 /dev/urandom | od > /random\n`;
        const random = () => bench.run(image("cache"), ["cat", "/random"]);
        await build("cache", dockerfile);
        const first = await random();
        await build("cache", dockerfile);
        assert.equal(await random(), first);
        await build("cache", dockerfile, { noCache: true });
        assert.notEqual(await random(), first);
      });
    });
  }

  describe("with secrets", () => {
    const planted = "planted-4f1c";
    const dockerfile = [
      `FROM ${base}`,
      "RUN --mount=type=secret,id=file --mount=type=secret,id=variable sha256sum /run/secrets/file /run/secrets/variable > /sums",
      "",
    ].join("\n");
    const build = async (
      builder: "classic" | "buildkit",
      env: NodeJS.ProcessEnv,
      events: BuildEvent[] = [],
    ) => {
      const folder = await bench.folder({ Dockerfile: dockerfile });
      const outside = await bench.folder({});
      await writeFile(join(outside, "secret"), planted);
      return bench.build(folder, {
        engine: { ...bench.engine, builder },
        name: "secrets",
        secrets: { file: { file: join(outside, "secret") }, variable: { env: "PLANTED" } },
        env,
        events,
      });
    };

    it("hands them to the step that mounts them, and to nothing else", async function () {
      notOnPodman(this, "it has no BuildKit");
      const events: BuildEvent[] = [];
      await build("buildkit", { PLANTED: planted }, events);
      const sums = await bench.run(`${bench.prefix}/secrets`, ["cat", "/sums"]);
      // Of `planted`.
      const sum = (await bench.run(base, ["sh", "-c", `printf %s ${planted} | sha256sum`])).split(" ")[0];
      assert.deepEqual(sums.match(/^\w+/gm), [sum, sum]);
      assert.ok(!JSON.stringify(events).includes(planted));
      const built = bench.engine.docker.getImage(`${bench.prefix}/secrets`);
      assert.ok(!JSON.stringify([await built.inspect(), await built.history()]).includes(planted));
      assert.ok(!(await text(await built.get())).includes(planted));
    });

    it("tells one that is not there", async () => {
      await assert.rejects(build("buildkit", {}), (error: Error) => {
        return /The build secret "variable" is not there: the environment variable PLANTED/.test(
          error.message,
        );
      });
    });

    it("is nothing that the classic builder can do, which it says", async () => {
      await assert.rejects(build("classic", { PLANTED: planted }), { code: "secrets-need-buildkit" });
    });
  });
});
