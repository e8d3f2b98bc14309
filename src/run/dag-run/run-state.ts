import type { GraphTask, States } from "./run-graph";
import type { TaskState } from "./trigger-rules";

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
