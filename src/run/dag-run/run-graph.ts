import { setupVerdict, type TaskState, triggerVerdict, type Verdict } from "./trigger-rules";

/** What of a task decides when it runs. */
export interface GraphTask {
  readonly id: string;
  /** Directly upstream; those that are not among the tasks are of no account. */
  readonly upstream: readonly string[];
  readonly triggerRule: string;
  readonly setup: boolean;
  readonly teardown: boolean;
  /** Setups that it needs and that are not directly upstream. */
  readonly setups: readonly string[];
  /** Whether its failure fails the run though it is a teardown. */
  readonly failsRun: boolean;
}

/** How a task ended that ran, and which tasks it has skipped: a branch, a short circuit. */
export interface Ended {
  readonly state: "success" | "failed" | "skipped";
  readonly skips: readonly string[];
}

export type States = ReadonlyMap<string, TaskState>;

/**
 * Runs tasks in the order that their trigger rules ask for, side by side where they may, each at most once.
 * @param run runs one; what it throws ends all: no other is begun, and those under way are waited for.
 * @param most how many may run at a time.
 * @param ended told of each task when it has ended, of those that never ran too.
 * @returns how each ended; a task that waits for one that never comes has no state.
 */
export async function runGraph(
  tasks: readonly GraphTask[],
  run: (id: string) => Promise<Ended>,
  most: number,
  ended: (id: string, state: TaskState) => void,
): Promise<States> {
  const states = new Map<string, TaskState>();
  const running = new Map<string, Promise<void>>();
  const setups = new Set(tasks.filter(({ setup }) => setup).map(({ id }) => id));
  const known = new Set(tasks.map(({ id }) => id));
  const failures: unknown[] = [];

  const end = (id: string, state: TaskState) => {
    if (states.has(id)) return;
    states.set(id, state);
    ended(id, state);
  };
  const begin = async (id: string) => {
    try {
      const { state, skips } = await run(id);
      end(id, state);
      // One that runs already is not stopped by it.
      for (const skipped of skips) if (known.has(skipped) && !running.has(skipped)) end(skipped, "skipped");
    } catch (error) {
      failures.push(error);
    } finally {
      running.delete(id);
    }
  };
  /** @returns whether anything has come of it that others may wait for. */
  const advance = (task: GraphTask): boolean => {
    if (states.has(task.id) || running.has(task.id)) return false;
    const verdict = verdictOf(task, states, setups, known);
    if (verdict === "wait" || (verdict === "run" && running.size >= most)) return false;
    if (verdict === "run") running.set(task.id, begin(task.id));
    else end(task.id, verdict);
    return true;
  };

  while (failures.length === 0) {
    // A task that is skipped may decide another one, before or after it.
    while (tasks.filter(advance).length > 0);
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  await Promise.all(running.values());
  if (failures.length > 0) throw failures[0];
  return states;
}

function verdictOf(
  task: GraphTask,
  states: States,
  setups: ReadonlySet<string>,
  known: ReadonlySet<string>,
): Verdict {
  const needed = task.setups.filter((id) => known.has(id)).map((id) => states.get(id));
  const constraint = setupVerdict(needed);
  if (constraint !== "run") return constraint;
  const upstream = task.upstream.filter((id) => known.has(id));
  return triggerVerdict(
    task.triggerRule,
    upstream.map((id) => ({ state: states.get(id), setup: setups.has(id) })),
  );
}

/**
 * How a run of a whole DAG ended, as Airflow has it: its last tasks decide. Teardowns are none, but for those whose failure is to
 * fail the run; what is upstream of one stands in its place.
 */
export function runState(tasks: readonly GraphTask[], states: States): "success" | "failed" {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const withDownstream = new Set(tasks.flatMap(({ upstream }) => upstream));
  const counting = (id: string, seen: Set<string>): string[] => {
    const task = byId.get(id);
    if (!task || seen.has(id)) return [];
    seen.add(id);
    if (!task.teardown || task.failsRun) return [id];
    return task.upstream.flatMap((above) => (byId.get(above)?.setup ? [] : counting(above, seen)));
  };
  const last = tasks.filter(({ id }) => !withDownstream.has(id)).map(({ id }) => id);
  const deciding = last.flatMap((id) => counting(id, new Set()));
  const failed = deciding.some((id) => ["failed", "upstream_failed"].includes(states.get(id) ?? ""));
  return failed ? "failed" : "success";
}
