import { relative } from "node:path";
import { table } from "../table";

/** One isolated task, as `airlock tasks --json` prints it; null is what the source does not say. */
export interface FoundTask {
  /** Absolute path. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly task_id: string | null;
  readonly environment: string | null;
  readonly image: string | null;
  readonly operator: string | null;
  readonly problems: readonly string[];
}

/** The lines of `airlock tasks`: one for each task, with paths relative to `cwd`. */
export function tasksText(tasks: readonly FoundTask[], cwd: string): string[] {
  if (tasks.length === 0) return ["no isolated tasks"];
  const rows = tasks.map(({ file, line, task_id, environment, image, operator, problems }) => [
    task_id ?? "?",
    environment ?? image ?? "-",
    operator?.slice(operator.lastIndexOf(".") + 1) ?? "?",
    `${relative(cwd, file)}:${line}`,
    problems.join("; "),
  ]);
  return table([["TASK", "ENVIRONMENT OR IMAGE", "OPERATOR", "WHERE", ""], ...rows]);
}
