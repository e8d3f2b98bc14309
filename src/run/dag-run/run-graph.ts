import { Slots, SlotsClosed } from "../../base/slots";
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
  /** Of its instances, where it is mapped; else its own alone. */
  readonly states: readonly TaskState[];
  readonly skips: readonly string[];
}

/** Of each task how its instances ended; of one that is not mapped, how itself did. */
export type States = ReadonlyMap<string, readonly TaskState[]>;

/** Does a part of a task's work when its turn comes. */
export type InSlot = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Runs tasks in the order that their trigger rules ask for, side by side where they may, each at most once.
 * @param run runs one, each of its instances in a slot of its own; what it throws ends all: nothing else is begun, and what is
 *   under way is waited for.
 * @param most how many slots there are.
 * @param notRun told of each task that something else has decided.
 * @returns how each ended; a task that waits for one that never comes has no state.
 */
export async function runGraph(
  tasks: readonly GraphTask[],
  run: (id: string, inSlot: InSlot) => Promise<Ended>,
  most: number,
  notRun: (id: string, state: TaskState) => void,
): Promise<States> {
  const states = new Map<string, readonly TaskState[]>();
  const slots = new Slots(most);
  const inSlot: InSlot = (work) => slots.run(work);
  const running = new Map<string, Promise<void>>();
  const setups = new Set(tasks.filter(({ setup }) => setup).map(({ id }) => id));
  const known = new Set(tasks.map(({ id }) => id));
  const failures: unknown[] = [];

  const decide = (id: string, state: TaskState) => {
    if (states.has(id)) return;
    states.set(id, [state]);
    notRun(id, state);
  };
  const begin = async (id: string) => {
    try {
      const ended = await run(id, inSlot);
      states.set(id, ended.states);
      // One that runs already is not stopped by it.
      for (const skipped of ended.skips) {
        if (known.has(skipped) && !running.has(skipped)) decide(skipped, "skipped");
      }
    } catch (error) {
      if (!(error instanceof SlotsClosed)) failures.push(error);
    } finally {
      running.delete(id);
    }
  };
  /** @returns whether anything has come of it that others may wait for. */
  const advance = (task: GraphTask): boolean => {
    if (states.has(task.id) || running.has(task.id)) return false;
    const verdict = verdictOf(task, states, setups, known);
    if (verdict === "wait") return false;
    if (verdict === "run") running.set(task.id, begin(task.id));
    else decide(task.id, verdict);
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
  const statesOf = (id: string): readonly (TaskState | undefined)[] => states.get(id) ?? [undefined];
  const needed = task.setups.filter((id) => known.has(id)).flatMap(statesOf);
  const constraint = setupVerdict(needed);
  if (constraint !== "run") return constraint;
  const upstream = task.upstream.filter((id) => known.has(id));
  return triggerVerdict(
    task.triggerRule,
    upstream.flatMap((id) => statesOf(id).map((state) => ({ state, setup: setups.has(id) }))),
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
  const failed = deciding.flatMap((id) => states.get(id) ?? []).some(isFailure);
  return failed ? "failed" : "success";
}

/** One word for how a task ended: that of its instance that ended worst. */
export function overall(states: readonly TaskState[]): TaskState {
  return (["failed", "upstream_failed", "success"] as const).find((one) => states.includes(one)) ?? "skipped";
}

const isFailure = (state: TaskState) => state === "failed" || state === "upstream_failed";
