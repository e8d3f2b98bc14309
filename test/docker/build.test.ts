import assert from "node:assert/strict";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AirlockError } from "../../src/base/errors";
import type { Engine } from "../../src/docker/connect";
import type { BuildEvent } from "../../src/docker/events";
import { inspectImage } from "../../src/docker/image";
import { bedEnv } from "../bed/env";
import { builders, notOnPodman } from "./engines";
import { eventually, processesWith } from "./eventually";
import { type BuildHere, openWorkbench, type Workbench } from "./workbench";

for (const builder of builders) {
  describe(`a build by the ${builder} builder`, () => {
    let bench: Workbench;
    let engine: Engine;
    before(async () => {
      bench = await openWorkbench();
      engine = { ...bench.engine, builder };
    });
    after(() => bench.close());

    const from = "ARG BASE\nFROM $BASE\n";
    const build = (folder: string, options: BuildHere = {}) => bench.build(folder, { engine, ...options });

    async function failed(folder: string, options: BuildHere = {}): Promise<AirlockError> {
      const events: BuildEvent[] = [];
      const error = await build(folder, { ...options, events }).then(
        () => assert.fail("it was built"),
        (error) => error,
      );
      const last = events.at(-1);
      assert.ok(last?.state === "failed");
      assert.equal(last.error.code, error.code);
      assert.equal(last.error.message, error.message);
      return error;
    }

    it("gives the image its name and labels, and tells each step and line", async () => {
      const folder = await bench.folder({
        Dockerfile: `${from}RUN echo one ${bench.prefix} && echo three >&2\n`,
      });
      const events: BuildEvent[] = [];
      const { id } = await build(folder, { name: "named", labels: { "dev.airlock.x": "y" }, events });
      const image = await inspectImage(engine, `${bench.prefix}/named`);
      assert.equal(image?.id, id);
      assert.equal(image?.labels["dev.airlock.x"], "y");
      assert.deepEqual([events[0]?.state, events.at(-1)?.state], ["started", "succeeded"]);
      const output = events.filter((event) => event.state === "output");
      const lines = output.map(({ line }) => line);
      assert.ok(lines.includes(`one ${bench.prefix}`) && lines.includes("three"), lines.join("\n"));
      assert.ok(output.some(({ step, line }) => step && line.includes("RUN echo one")));
    });

    it("sends what .dockerignore lets through, with modes and links, as root", async () => {
      const folder = await bench.folder({
        Dockerfile: `${from}COPY . /sent\n`,
        ".dockerignore": "Dockerfile\n.dockerignore\n*.log\nsecret\n!secret/public\n",
        "a.log": "",
        "b.txt": "b",
        "secret/key": "",
        "secret/public": "",
        "d/e/f": "",
        "name with space é": "",
        "script.sh": "#!/bin/sh",
      });
      await chmod(join(folder, "script.sh"), 0o755);
      await chmod(join(folder, "b.txt"), 0o640);
      await mkdir(join(folder, "empty"));
      await symlink("b.txt", join(folder, "link"));
      await symlink("/nowhere", join(folder, "broken"));
      await symlink(".", join(folder, "loop"));
      await build(folder, { name: "sent" });
      const found = await bench.run(`${bench.prefix}/sent`, [
        "sh",
        "-c",
        "cd /sent && find . -mindepth 1 -printf '%P %y %m %U:%G %l\\n' | sort",
      ]);
      const lines = found
        .split("\n")
        .filter((line) => line !== "")
        // A Dockerfile that is ignored reaches BuildKit under a name of its own, which it does not hide.
        .filter((line) => !line.startsWith(".dockerfile."))
        .filter((line) => builder === "classic" || !line.startsWith(".dockerignore"));
      assert.deepEqual(lines, [
        "b.txt f 640 0:0 ",
        "broken l 777 0:0 /nowhere",
        "d d 755 0:0 ",
        "d/e d 755 0:0 ",
        "d/e/f f 644 0:0 ",
        "empty d 755 0:0 ",
        "link l 777 0:0 b.txt",
        "loop l 777 0:0 .",
        "name with space é f 644 0:0 ",
        "script.sh f 755 0:0 ",
        ...(lines.includes("secret d 755 0:0 ") ? ["secret d 755 0:0 "] : []),
        "secret/public f 644 0:0 ",
      ]);
    });

    it("sends a file of many megabytes whole", async () => {
      const folder = await bench.folder({ Dockerfile: `${from}COPY big /big\n` });
      await writeFile(join(folder, "big"), Buffer.alloc(30 * 1024 * 1024, "airlock"));
      await build(folder, { name: "big" });
      assert.equal(await bench.run(`${bench.prefix}/big`, ["wc", "-c", "/big"]), "31457280 /big\n");
    });

    it("takes a Dockerfile from outside of its context, with its own ignore file", async () => {
      const context = await bench.folder({ "a.txt": "", "b.txt": "", ".dockerignore": "a.txt" });
      const outside = await bench.folder({
        "my.Dockerfile": `${from}COPY *.txt /sent/\n`,
        "my.Dockerfile.dockerignore": "b.txt",
      });
      await build(context, { name: "outside", dockerfile: join(outside, "my.Dockerfile") });
      assert.equal(await bench.run(`${bench.prefix}/outside`, ["ls", "/sent"]), "a.txt\n");
    });

    it("points a failed command at its line, with the end of its output", async () => {
      const folder = await bench.folder({
        Dockerfile: `${from}\n# it counts\nRUN echo before\nRUN for i in $(seq 1 30); do echo said $i; done; \\\n  exit 7\n`,
      });
      const error = await failed(folder);
      assert.equal(error.kind, "build");
      assert.equal(error.code, "step-failed");
      assert.match(error.message, /exit code 7/);
      assert.deepEqual(error.place, { file: join(folder, "Dockerfile"), line: 6 });
      const detail = error.detail?.split("\n") ?? [];
      assert.deepEqual([detail.length, detail[0], detail.at(-1)], [20, "said 11", "said 30"]);
      assert.equal(await inspectImage(engine, `${bench.prefix}/image`), undefined);
    });

    it("points a mistake in the Dockerfile at its line", async () => {
      const folder = await bench.folder({ Dockerfile: `${from}RUN true\nRUNN false\n` });
      const error = await failed(folder);
      assert.equal(error.code, "dockerfile-syntax");
      assert.deepEqual(error.place, { file: join(folder, "Dockerfile"), line: 4 });
      assert.match(error.message, /RUNN/);
    });

    it("names a base that is nowhere", async () => {
      const missing = `${bedEnv().registry.open}/${bench.prefix}/none:1`;
      const error = await failed(await bench.folder({ Dockerfile: `FROM ${missing}\n` }));
      assert.equal(error.code, "base-not-found");
      assert.equal(error.place?.file.endsWith("Dockerfile"), true);
      assert.ok(`${error.message} ${error.detail}`.includes(missing), error.message);
    });

    it("says that a base has no name", async () => {
      const error = await failed(await bench.folder({ Dockerfile: "ARG NONE\nFROM $NONE\nRUN true\n" }));
      assert.equal(error.code, "base-blank");
      assert.match(error.next ?? "", /build argument/);
    });

    it("says what cannot be copied, and where", async () => {
      const folder = await bench.folder({ Dockerfile: `${from}COPY gone /x\n` });
      const error = await failed(folder);
      assert.equal(error.code, "copy-failed");
      assert.deepEqual(error.place, { file: join(folder, "Dockerfile"), line: 3 });
      assert.match(`${error.message}${error.detail}`, /gone/);
    });

    for (const [what, text] of [
      ["empty", ""],
      ["only a comment", "# nothing\n"],
    ] as const) {
      it(`refuses a Dockerfile that is ${what}`, async () => {
        const error = await failed(await bench.folder({ Dockerfile: text }));
        assert.equal(error.code, "dockerfile-syntax");
      });
    }

    it("refuses a Dockerfile that is not there", async () => {
      const folder = await bench.folder({ "a.txt": "" });
      const error = await failed(folder);
      assert.equal(error.place?.file, join(folder, "Dockerfile"));
      assert.match(error.message, /ENOENT/);
    });

    it("stops on the engine when it is cancelled, and leaves nothing", async function () {
      notOnPodman(this, "it ends the step that runs before it ends the build");
      const marker = `600.${bench.prefix.replace(/\D/g, "")}1`;
      const folder = await bench.folder({ Dockerfile: `${from}RUN echo begun && sleep ${marker}\n` });
      const controller = new AbortController();
      const events: BuildEvent[] = [];
      const onEvent = (event: BuildEvent) => {
        if (event.state === "output" && event.line === "begun") controller.abort();
      };
      const building = build(folder, { name: "stopped", events, onEvent, signal: controller.signal });
      await assert.rejects(building, { code: "cancelled" });
      const last = events.at(-1);
      assert.ok(last?.state === "failed" && last.error.code === "cancelled");
      // The bound that a user may count on.
      await eventually("the command is stopped", async () => (await processesWith(marker)) === 0, 2);
      assert.equal(await inspectImage(engine, `${bench.prefix}/stopped`), undefined);
      await eventually("the build's container is removed", async () => {
        const containers = await bench.engine.docker.listContainers({ all: true });
        return !containers.some(({ Command }) => Command.includes(marker));
      });
    });

    it("does not begin when it is cancelled already", async () => {
      const folder = await bench.folder({ Dockerfile: from });
      await assert.rejects(build(folder, { signal: AbortSignal.abort() }), { code: "cancelled" });
    });
  });
}
