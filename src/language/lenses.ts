import type { Range } from "vscode-languageserver";
import type { DagFile } from "../dag/dag-file";
import { isolatedTasks } from "../dag/isolated-tasks";
import { lspRange } from "./items";

/** A place for the lenses of one isolated task. */
export interface TaskLens {
  readonly range: Range;
  readonly taskId: string;
  /** From 1. */
  readonly line: number;
}

/** Where lenses stand: above each isolated task whose name the source shows. */
export function taskLenses(file: DagFile): readonly TaskLens[] {
  return isolatedTasks(file).flatMap(({ taskId, line, range }) =>
    taskId === undefined
      ? []
      : [{ taskId, line, range: lspRange(file, { from: range.from, to: range.from }) }],
  );
}
