import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AirlockError } from "../../src/base/errors";
import { type BuildAllStep, buildAll } from "../../src/docker/build-all";
import type { BuildEvent } from "../../src/docker/events";
import { base, openWorkbench, type Workbench } from "./workbench";

describe("several builds", () => {
  let bench: Workbench;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  async function step(name: string, run: string, after: readonly string[] = []): Promise<BuildAllStep> {
    const context = await bench.folder({ Dockerfile: `ARG BASE_IMAGE\nFROM $BASE_IMAGE\nRUN ${run}\n` });
    const on = after[0] === undefined ? base : `${bench.prefix}/${after[0]}`;
    return {
      name,
      reference: `${bench.prefix}/${name}`,
      context,
      dockerfile: join(context, "Dockerfile"),
      buildArgs: { BASE_IMAGE: on },
      after,
    };
  }

  const all = async (steps: readonly BuildAllStep[], options = {}, signal = new AbortController().signal) => {
    const events: BuildEvent[] = [];
    const results = await buildAll(bench.engine, steps, (event) => events.push(event), signal, options);
    return { events, results, states: results.map(({ name, state }) => `${name} ${state}`) };
  };

  it("are done in the order that they stand on each other, whatever theirs is", async () => {
    const steps = [
      await step("grandchild", "cat /child && echo grandchild > /grandchild", ["child"]),
      await step("child", "cat /parent && echo child > /child", ["parent"]),
      await step("parent", "echo parent > /parent"),
    ];
    const { states } = await all(steps);
    assert.deepEqual(states, ["grandchild succeeded", "child succeeded", "parent succeeded"]);
    const said = await bench.run(`${bench.prefix}/grandchild`, ["cat", "/parent", "/child", "/grandchild"]);
    assert.equal(said, "parent\nchild\ngrandchild\n");
  });

  it("go on when one fails, without those that stand on it", async () => {
    const { states, results, events } = await all([
      await step("bad", "exit 3"),
      await step("on-bad", "true", ["bad"]),
      await step("on-on-bad", "true", ["on-bad"]),
      await step("good", "true"),
    ]);
    assert.deepEqual(states, ["bad failed", "on-bad skipped", "on-on-bad skipped", "good succeeded"]);
    assert.deepEqual(
      results.map(({ because }) => because),
      [undefined, "bad", "on-bad", undefined],
    );
    const [bad] = results;
    assert.ok(bad?.error instanceof AirlockError && bad.error.code === "step-failed");
    assert.ok(events.some((event) => event.state === "skipped" && event.name === "on-on-bad"));
  });

  it("refuse what wants another Airflow than the image below has, before it is built", async () => {
    const below = await step("below", "true");
    await writeFile(below.dockerfile, `FROM ${base}\nENV AIRFLOW_VERSION=3.1.0\n`);
    const place = { file: join(below.context, "requirements.txt"), line: 1 };
    const requirements = [{ name: "apache-airflow", specifier: "==2.10.5", marker: "", place }];
    const pinned = { ...(await step("pinned", "exit 3", ["below"])), requirements };
    const { states, events, results } = await all([below, pinned, await step("beside", "true", ["below"])]);
    assert.deepEqual(states, ["below succeeded", "pinned failed", "beside succeeded"]);
    const { error } = results[1] ?? {};
    assert.ok(error instanceof AirlockError && error.code === "airflow-pin");
    assert.deepEqual(error.place, place);
    const told = events.filter(({ name }) => name === "pinned").map(({ state }) => state);
    assert.deepEqual(told, ["failed"]);
  });

  for (const [jobs, most] of [
    [1, 1],
    [3, 3],
  ] as const) {
    it(`run ${most} at once with ${jobs} jobs`, async () => {
      const steps = await Promise.all(["a", "b", "c"].map((name) => step(name, `echo ${jobs} ${name}`)));
      const { events } = await all(steps, { jobs });
      let running = 0;
      let highest = 0;
      for (const event of events) {
        if (event.state === "started") running++;
        if (event.state === "succeeded") running--;
        highest = Math.max(highest, running);
      }
      assert.equal(highest, most);
    });
  }

  it("that stand on each other in a circle are refused", async () => {
    const steps = [await step("a", "true", ["b"]), await step("b", "true", ["a"])];
    await assert.rejects(all(steps), { code: "build-cycle", message: /a, b/ });
  });

  it("stop when they are cancelled, and no more begin", async () => {
    const controller = new AbortController();
    const events: BuildEvent[] = [];
    const steps = [await step("long", "echo up && sleep 600"), await step("next", "true", ["long"])];
    const building = buildAll(
      bench.engine,
      steps,
      (event) => {
        events.push(event);
        if (event.state === "output" && event.line === "up") controller.abort();
      },
      controller.signal,
    );
    await assert.rejects(building, { code: "cancelled" });
    assert.deepEqual(
      events.filter(({ state }) => state !== "output").map(({ name, state }) => `${name} ${state}`),
      ["long started", "long failed"],
    );
  });
});
