import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOutdatedOptions, buildOutdated, type OutdatedStep } from "../../src/docker/build-outdated";
import { checkImages } from "../../src/docker/check-images";
import type { BuildEvent } from "../../src/docker/events";
import { inspectImage } from "../../src/docker/image";
import { builtOf } from "../../src/docker/image-labels";
import { base, openWorkbench, type Workbench } from "./workbench";

describe("building what is not up to date", () => {
  let bench: Workbench;
  let steps: OutdatedStep[];
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  let project = 0;
  beforeEach(async () => {
    project += 1;
    const dockerfile = `ARG BASE_IMAGE\nFROM $BASE_IMAGE\nCOPY . /${project}\n`;
    steps = await Promise.all(
      ["parent", "a", "b"].map(async (name): Promise<OutdatedStep> => {
        const context = await bench.folder({
          Dockerfile: dockerfile,
          "requirements.txt": name,
          "dags/dag.py": "1",
        });
        return {
          name,
          reference: `${bench.prefix}/p${project}/${name}`,
          context,
          dockerfile: join(context, "Dockerfile"),
          buildArgs: { BASE_IMAGE: name === "parent" ? base : `${bench.prefix}/p${project}/parent` },
          code: name === "parent" ? ["dags"] : [],
          after: name === "parent" ? [] : ["parent"],
        };
      }),
    );
  });

  const signal = new AbortController().signal;
  const build = async (options: BuildOutdatedOptions = {}, only = steps) => {
    const events: BuildEvent[] = [];
    const results = await buildOutdated(bench.engine, only, (event) => events.push(event), signal, options);
    return { events, states: results.map(({ name, state }) => `${name} ${state}`) };
  };
  const stalenesses = async () =>
    (await checkImages(bench.engine, steps, signal)).map(({ staleness }) => staleness);
  const write = (index: number, path: string, text: string) =>
    writeFile(join(steps[index]?.context ?? "", path), text);
  const allUpToDate = ["parent up-to-date", "a up-to-date", "b up-to-date"];

  it("builds all of it once, and then nothing", async () => {
    assert.deepEqual(await stalenesses(), [{ state: "missing" }, { state: "missing" }, { state: "missing" }]);
    assert.deepEqual((await build()).states, ["parent succeeded", "a succeeded", "b succeeded"]);
    const { states, events } = await build();
    assert.deepEqual(states, allUpToDate);
    assert.deepEqual([...new Set(events.map(({ state }) => state))], ["up-to-date"]);
  });

  it("builds the one whose file changed, and says which", async () => {
    await build();
    await write(1, "requirements.txt", "other");
    const { states, events } = await build();
    assert.deepEqual(states, ["parent up-to-date", "a succeeded", "b up-to-date"]);
    const started = events.find((event) => event.state === "started");
    assert.deepEqual(started?.because, ["requirements.txt changed"]);
  });

  it("builds what stands on an image with it", async () => {
    await build();
    await write(0, "requirements.txt", "other");
    assert.deepEqual((await stalenesses())[1], { state: "stale", because: ["the parent changed"] });
    assert.deepEqual((await build()).states, ["parent succeeded", "a succeeded", "b succeeded"]);
  });

  it("builds an image anew for its own code, and what stands on it only where that is asked for", async () => {
    await build();
    await write(0, "dags/dag.py", "2");
    assert.deepEqual((await build({ code: "nothing" })).states, allUpToDate);
    const own = await build();
    assert.deepEqual(own.states, ["parent succeeded", "a up-to-date", "b up-to-date"]);
    const [, behind] = await stalenesses();
    assert.deepEqual(behind, { state: "code-changed", own: false, because: [] });
    assert.deepEqual((await build({ code: "all" })).states, [
      "parent up-to-date",
      "a succeeded",
      "b succeeded",
    ]);
    assert.deepEqual((await build({ code: "all" })).states, allUpToDate);
  });

  it("builds an image that something else has built, but for a run", async () => {
    await build();
    await bench.engine.docker.getImage(base).tag({ repo: steps[1]?.reference ?? "" });
    assert.deepEqual((await stalenesses())[1], { state: "foreign" });
    assert.deepEqual((await build({ code: "nothing" })).states, allUpToDate);
    assert.deepEqual((await build()).states, ["parent up-to-date", "a succeeded", "b up-to-date"]);
  });

  it("counts what it is told beside the files", async () => {
    await build();
    steps = steps.map((step, index) => (index === 2 ? { ...step, labels: { team: "data" } } : step));
    assert.deepEqual((await stalenesses())[2], { state: "stale", because: ["the labels changed"] });
    await build();
    assert.equal((await inspectImage(bench.engine, steps[2]?.reference ?? ""))?.labels["team"], "data");
  });

  it("counts a base that is another image now", async () => {
    const moving = `${bench.prefix}/moving`;
    const [step] = steps as [OutdatedStep];
    await bench.engine.docker.getImage(base).tag({ repo: moving });
    steps = [{ ...step, buildArgs: { BASE_IMAGE: moving } }];
    await build();
    assert.deepEqual((await build()).states, ["parent up-to-date"]);
    await bench.build(await bench.folder({ Dockerfile: `FROM ${base}\nLABEL moved=1\n` }), {
      name: "moving",
    });
    assert.deepEqual(await stalenesses(), [{ state: "stale", because: [`the base ${moving} changed`] }]);
  });

  it("takes a base that nobody has any more for what it was", async () => {
    const gone = `${bench.prefix}/gone`;
    const [step] = steps as [OutdatedStep];
    await bench.build(await bench.folder({ Dockerfile: `FROM ${base}\nLABEL gone=1\n` }), { name: "gone" });
    // With a registry that nobody can ask.
    const reference = `127.0.0.1:1/${gone}`;
    await bench.engine.docker.getImage(gone).tag({ repo: reference });
    steps = [{ ...step, buildArgs: { BASE_IMAGE: reference } }];
    await build();
    await bench.engine.docker.getImage(reference).remove();
    assert.deepEqual(await stalenesses(), [{ state: "up-to-date" }]);
  });

  it("gives the same label wherever it is built", async () => {
    await build();
    const label = async () =>
      builtOf((await inspectImage(bench.engine, steps[1]?.reference ?? ""))?.labels ?? {});
    const before = await label();
    const [parent, a] = steps as [OutdatedStep, OutdatedStep];
    // Another checkout, and another name of the project's images.
    const context = await bench.folder({ Dockerfile: "", "requirements.txt": "a", "dags/dag.py": "1" });
    await writeFile(join(context, "Dockerfile"), `ARG BASE_IMAGE\nFROM $BASE_IMAGE\nCOPY . /${project}\n`);
    const other = `${bench.prefix}/other${project}`;
    steps = [
      { ...parent, reference: `${other}/parent` },
      {
        ...a,
        context,
        dockerfile: join(context, "Dockerfile"),
        reference: `${other}/a`,
        buildArgs: { BASE_IMAGE: `${other}/parent` },
      },
    ];
    await build();
    assert.deepEqual(await label(), before);
  });

  it("builds all where the cache is not to be used", async () => {
    await build();
    assert.deepEqual((await build({ noCache: true })).states, [
      "parent succeeded",
      "a succeeded",
      "b succeeded",
    ]);
  });

  it("leaves no image where a build is cancelled, and no label that says so", async () => {
    const controller = new AbortController();
    const [step] = steps as [OutdatedStep];
    await write(0, "Dockerfile", `FROM ${base}\nRUN echo begun && sleep 600\n`);
    const cancelled = buildOutdated(
      bench.engine,
      [step],
      (event) => {
        if (event.state === "output" && /^begun/.test(event.line)) controller.abort();
      },
      controller.signal,
    );
    await assert.rejects(cancelled, { code: "cancelled" });
    assert.deepEqual((await stalenesses())[0], { state: "missing" });
  });
});
