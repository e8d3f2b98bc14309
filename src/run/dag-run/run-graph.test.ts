import assert from "node:assert/strict";
import fc from "fast-check";
import { type Ended, type GraphTask, type GraphWork, runGraph } from "./run-graph";
import { runState } from "./run-state";

type Part = Partial<Omit<GraphTask, "id">>;

function graph(parts: Readonly<Record<string, Part>>): GraphTask[] {
  const usual = {
    upstream: [],
    setup: false,
    teardown: false,
    setups: [],
    failsRun: false,
    mappedGroup: null,
  };
  return Object.entries(parts).map(([id, part]) => ({
    ...usual,
    id,
    triggerRule: part.teardown ? "all_done_setup_success" : "all_success",
    ...part,
  }));
}

const success: Ended = { states: ["success"], skips: [] };
const failed: Ended = { states: ["failed"], skips: [] };

const named = (id: string, index?: number) => (index === undefined ? id : `${id}[${index}]`);

/** Work of graphs without mapped task groups. */
function work(run: GraphWork["run"], notRun: GraphWork["notRun"] = () => {}): GraphWork {
  return { run, notRun, count: () => Promise.reject(new Error("there is no mapped task group")) };
}

/**
 * Runs it, each task ending as said, else well.
 * @param items how many a mapped task group has.
 * @returns in which order they ran, and how all ended.
 */
async function ran(
  parts: Readonly<Record<string, Part>>,
  ends: Readonly<Record<string, Ended>> = {},
  items?: number,
) {
  const tasks = graph(parts);
  const order: string[] = [];
  const run: GraphWork["run"] = (id, inSlot, index) =>
    inSlot(async () => {
      const name = named(id, index);
      order.push(name);
      return ends[name] ?? success;
    });
  const states = await runGraph(tasks, { ...work(run), count: async () => items }, 4);
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
      work((_, inSlot) =>
        inSlot(async () => {
          seen.push(++under);
          await new Promise<void>((resolve) => waiting.push(resolve));
          under -= 1;
          return success;
        }),
      ),
      2,
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

  describe("with a mapped task group", () => {
    const mappedGroup = { id: "group", over: ["list"] };
    const parts = {
      list: {},
      first: { upstream: ["list"], mappedGroup },
      second: { upstream: ["first"], mappedGroup },
      join: { upstream: ["second"], triggerRule: "all_done" },
    };

    it("runs its tasks once for each item, each after what is of the same item", async () => {
      const { order, states } = await ran(parts, { "first[0]": failed }, 2);
      assert.deepEqual(order, ["list", "first[0]", "first[1]", "second[1]", "join"]);
      assert.deepEqual(states["first"], ["failed", "success"]);
      assert.deepEqual(states["second"], ["upstream_failed", "success"]);
    });

    it("has a branch skip what is of its own item, and behind the group all", async () => {
      const branch: Ended = { states: ["success"], skips: ["second", "other"] };
      const { order, states } = await ran(
        { ...parts, other: { upstream: ["first"] }, join: { ...parts.join, upstream: ["second", "first"] } },
        { "first[1]": branch },
        2,
      );
      assert.deepEqual([states["second"], states["other"]], [["success", "skipped"], "skipped"]);
      assert.ok(order.includes("second[0]") && order.at(-1) === "join");
    });

    it("skips all of it where there is no item", async () => {
      const { order, states } = await ran(parts, {}, 0);
      assert.deepEqual([order, states["first"], states["second"]], [["list", "join"], "skipped", "skipped"]);
    });

    it("fails with what it is mapped over, and where its items cannot be told", async () => {
      const upstream = await ran(parts, { list: failed }, 2);
      assert.deepEqual([upstream.order, upstream.states["second"]], [["list", "join"], "upstream_failed"]);
      const { order, states } = await ran(parts);
      assert.deepEqual(
        [order, states["first"], states["second"]],
        [["list", "join"], "failed", "upstream_failed"],
      );
    });

    it("waits for what it is mapped over, whatever the rule", async () => {
      const early = { upstream: ["fails", "list"], triggerRule: "one_failed", mappedGroup };
      const { order } = await ran(
        { list: { upstream: ["slow"] }, slow: {}, fails: {}, early },
        { fails: failed },
        1,
      );
      assert.deepEqual(order, ["slow", "fails", "list", "early[0]"]);
    });

    it("runs what it sets up and tears down for each item", async () => {
      const { order, states } = await ran(
        {
          list: {},
          up: { upstream: ["list"], setup: true, mappedGroup },
          work: { upstream: ["up"], mappedGroup },
          more: { upstream: ["work"], setups: ["up"], triggerRule: "all_done", mappedGroup },
          down: { upstream: ["up", "more"], teardown: true, mappedGroup },
        },
        { "up[0]": failed },
        2,
      );
      assert.deepEqual(order, ["list", "up[0]", "up[1]", "work[1]", "more[1]", "down[1]"]);
      assert.deepEqual(states["more"], ["upstream_failed", "success"]);
    });
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
    await assert.rejects(runGraph(tasks, work(run), 2), /no engine/);
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
        grouped: fc.boolean(),
      }),
      { minLength: 1, maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(shape, fc.integer({ min: 1, max: 4 }), fc.nat(3), async (parts, most, items) => {
        const tasks = graph(
          Object.fromEntries(
            parts.map(({ above, rule, grouped }, index) => [
              `t${index}`,
              {
                upstream: [...new Set(above.filter((n) => n < index).map((n) => `t${n}`))],
                triggerRule: rule,
                mappedGroup: grouped ? { id: "group", over: [] } : null,
              },
            ]),
          ),
        );
        const byId = new Map(tasks.map((task) => [task.id, task]));
        const finished = new Set<string>();
        const begun = new Set<string>();
        /** Of one in the same group its own item, of one in the group all that there are. */
        const isOver = (above: string, below: GraphTask, index?: number) => {
          if (!byId.get(above)?.mappedGroup || finished.has(above)) return finished.has(above);
          const own = below.mappedGroup ? [index] : Array.from({ length: items }, (_, item) => item);
          return own.every((item) => finished.has(named(above, item)));
        };
        const run: GraphWork["run"] = async (id, _, index) => {
          const name = named(id, index);
          assert.ok(!begun.has(name));
          begun.add(name);
          const task = byId.get(id);
          assert.ok(task?.upstream.every((above) => isOver(above, task, index)));
          await new Promise(setImmediate);
          finished.add(name);
          return { states: [parts[Number(id.slice(1))]?.state ?? "success"], skips: [] };
        };
        const notRun = (id: string, _: unknown, index?: number) => finished.add(named(id, index));
        const states = await runGraph(tasks, { run, notRun, count: async () => items }, most);
        assert.equal(states.size, tasks.length, "every task has come to an end");
      }),
      { numRuns: 200 },
    );
  });
});
