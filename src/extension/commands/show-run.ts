import type { TaskRuns } from "../task-runs";
import { taskArgument } from "./arguments";

/** Shows the terminal of a lens's task; without one, that of the task that was run last. */
export function showRun(runs: TaskRuns, argument: unknown): void {
  runs.show(taskArgument.safeParse(argument).data);
}
