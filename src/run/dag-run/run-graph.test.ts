import assert from "node:assert/strict";
import fc from "fast-check";
import { type Ended, type GraphTask, runGraph, runState } from "./run-graph";

type Part = Partial<Omit<GraphTask, "id">>;

function graph(parts: Readonly<Record<string, Part>>): GraphTask[] {
  const usual = { upstream: [], setup: false, teardown: false, setups: [], failsRun: false };
  return Object.entries(parts).map(([id, part]) => ({
    ...usual,
    id,
    triggerRule: part.teardown ? "all_done_setup_success" : "all_success",
    ...part,
  }));
}

const success: Ended = { states: ["success"], skips: [] };
const failed: Ended = { states: ["failed"], skips: [] };

/** Runs it, each task ending as said, else well. @returns in which order they ran, and how all ended. */
async function ran(
  parts: Readonly<Record<string, Part>>,
  ends: Readonly<Record<string, Ended>> = {},
  most = 4,
) {
  const tasks = graph(parts);
  const order: string[] = [];
  const states = await runGraph(
    tasks,
    (id, inSlot) =>
      inSlot(async () => {
        order.push(id);
        return ends[id] ?? success;
      }),
    most,
    () => {},
  );
  const words = [...states].map(([id, its]) => [id, its.length === 1 ? its[0] : its]);
  return { order, states: Object.fromEntries(words), run: runState(tasks, states) };
}

describe("running a graph of tasks", () => {
  it("runs what is upstream first", async () => {
    const { order, run } = await ran({ c: { upstream: ["a", "b"] }, b: { upstream: ["a"] }, a: {} });
    assert.deepEqual(order, ["a", "b", "c"]);
    assert.equal(run, "success");
  });

  it("runs as many side by side as may be, and no more", async () => {
    const tasks = graph(Object.fromEntries(["a", "b", "c", "d", "e"].map((id) => [id, {}])));
    const waiting: (() => void)[] = [];
    let under = 0;
    const seen: number[] = [];
    const done = runGraph(
      tasks,
      (_, inSlot) =>
        inSlot(async () => {
          seen.push(++under);
          await new Promise<void>((resolve) => waiting.push(resolve));
          under -= 1;
          return success;
        }),
      2,
      () => {},
    );
    while (seen.length < 5) {
      await new Promise(setImmediate);
      waiting.shift()?.();
    }
    for (const resolve of waiting) resolve();
    await done;
    assert.equal(Math.max(...seen), 2);
  });

  it("hands a failure on, and runs what asks for it", async () => {
    const { order, states, run } = await ran(
      {
        a: {},
        b: { upstream: ["a"] },
        c: { upstream: ["b"] },
        mail: { upstream: ["b"], triggerRule: "one_failed" },
      },
      { a: failed },
    );
    assert.deepEqual(order, ["a", "mail"]);
    assert.deepEqual(states, { a: "failed", b: "upstream_failed", c: "upstream_failed", mail: "success" });
    assert.equal(run, "failed", "c is a last task");
  });

  it("skips what a branch has not chosen, and joins where the rule lets it", async () => {
    const { order, states, run } = await ran(
      {
        branch: {},
        left: { upstream: ["branch"] },
        right: { upstream: ["branch"] },
        after_right: { upstream: ["right"] },
        join: { upstream: ["left", "after_right"], triggerRule: "none_failed_min_one_success" },
      },
      { branch: { states: ["success"], skips: ["right"] } },
    );
    assert.deepEqual(order, ["branch", "left", "join"]);
    assert.deepEqual([states["right"], states["after_right"], run], ["skipped", "skipped", "success"]);
  });

  it("tears down what was set up, whatever came between, and a teardown decides nothing", async () => {
    const parts = {
      up: { setup: true },
      work: { upstream: ["up"] },
      more: { upstream: ["work"], setups: ["up"] },
      down: { upstream: ["up", "more"], teardown: true },
    };
    assert.deepEqual((await ran(parts, { work: failed })).order, ["up", "work", "down"]);
    assert.equal((await ran(parts, { work: failed })).run, "failed", "more could not run");
    assert.equal((await ran(parts, { down: failed })).run, "success");
    const strict = { ...parts, down: { ...parts.down, failsRun: true } };
    assert.equal((await ran(strict, { down: failed })).run, "failed");
    const { order, states } = await ran(parts, { up: failed });
    assert.deepEqual(order, ["up"]);
    assert.equal(states["down"], "upstream_failed");
  });

  it("counts each instance of a mapped task", async () => {
    const behind = (triggerRule: string) => ({ upstream: ["mapped"], triggerRule });
    const parts = {
      mapped: {},
      all: behind("all_success"),
      one: behind("one_success"),
      done: behind("all_done"),
      mails: behind("one_failed"),
    };
    const mixed = await ran(parts, { mapped: { states: ["success", "failed", "success"], skips: [] } });
    assert.deepEqual(mixed.order, ["mapped", "one", "done", "mails"]);
    assert.equal(mixed.states["all"], "upstream_failed");
    const none = await ran(parts, { mapped: { states: ["skipped"], skips: [] } });
    assert.deepEqual(none.order, ["mapped", "done"]);
  });

  it("takes tasks that are not among them for done: a run of a task and what it depends on", async () => {
    assert.deepEqual((await ran({ b: { upstream: ["a"] } })).order, ["b"]);
  });

  it("ends where a task cannot be run at all, once those under way have ended", async () => {
    const tasks = graph({ a: {}, b: {}, c: { upstream: ["b"] } });
    const order: string[] = [];
    const run = async (id: string) => {
      order.push(id);
      if (id === "a") throw new Error("no engine");
      await new Promise(setImmediate);
      order.push(`${id} ended`);
      return success;
    };
    await assert.rejects(
      runGraph(tasks, run, 2, () => {}),
      /no engine/,
    );
    assert.deepEqual(order, ["a", "b", "b ended"]);
  });

  it("runs each at most once, after all that is upstream has ended, and ends, whatever the graph", async () => {
    const rules = [
      "all_success",
      "all_done",
      "none_failed",
      "all_failed",
      "none_skipped",
      "all_done_min_one_success",
    ];
    const shape = fc.array(
      fc.record({
        above: fc.array(fc.nat(20), { maxLength: 4 }),
        rule: fc.constantFrom(...rules),
        state: fc.constantFrom("success" as const, "failed" as const, "skipped" as const),
      }),
      { minLength: 1, maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(shape, fc.integer({ min: 1, max: 4 }), async (parts, most) => {
        const tasks = graph(
          Object.fromEntries(
            parts.map(({ above, rule }, index) => [
              `t${index}`,
              {
                upstream: [...new Set(above.filter((n) => n < index).map((n) => `t${n}`))],
                triggerRule: rule,
              },
            ]),
          ),
        );
        const finished = new Set<string>();
        const begun = new Set<string>();
        const states = await runGraph(
          tasks,
          async (id) => {
            assert.ok(!begun.has(id));
            begun.add(id);
            assert.ok(tasks.find((task) => task.id === id)?.upstream.every((above) => finished.has(above)));
            await new Promise(setImmediate);
            finished.add(id);
            return { states: [parts[Number(id.slice(1))]?.state ?? "success"], skips: [] };
          },
          most,
          (id) => finished.add(id),
        );
        assert.equal(states.size, tasks.length, "every task has come to an end");
      }),
      { numRuns: 100 },
    );
  });
});
