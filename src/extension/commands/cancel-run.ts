import type { TaskRuns } from "../task-runs";
import { taskArgument } from "./arguments";

/** Cancels the run of a lens's task; without one, every run of this window. */
export function cancelRun(runs: TaskRuns, argument: unknown): Promise<void> {
  return runs.cancel(taskArgument.safeParse(argument).data);
}
