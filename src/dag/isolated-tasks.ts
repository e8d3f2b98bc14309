import { type Argument, argumentsOf } from "./arguments";
import type { Bracket } from "./brackets";
import { evaluate } from "./constants";
import { type DagFile, readDagFile } from "./dag-file";
import { canHoldTask, isIsolatedOperator } from "./dialects";
import { qualify } from "./imports";
import type { Range } from "./text";
import { withUnpacked } from "./unpacked";

/** An isolated task as the source shows it. What only running the file can tell is undefined, and named in `problems`. */
export interface IsolatedTask {
  readonly taskId: string | undefined;
  readonly environment: string | undefined;
  readonly image: string | undefined;
  /** The inner operator, qualified by the file's imports where it can be. */
  readonly operator: string | undefined;
  readonly isolationType: string | undefined;
  /** Whether it says something of the operator that carries it. */
  readonly saysCarrier: boolean;
  /** Where the call begins, from 1. */
  readonly line: number;
  readonly column: number;
  /** The call, from what is called to the closing bracket. */
  readonly range: Range;
  readonly problems: readonly string[];
}

/** The isolated tasks of a DAG file in the order of the source; a file in whatever state it is never throws. */
export function isolatedTasks(source: string | DagFile): readonly IsolatedTask[] {
  const file = typeof source === "string" ? readDagFile(source) : source;
  if (!canHoldTask(file.text)) return [];
  const brackets = new Map(file.scan.brackets.map((bracket) => [bracket.from, bracket]));
  const tasks: IsolatedTask[] = [];
  file.syntax.tree.iterate({
    enter: (found) => {
      if (found.name !== "CallExpression") return;
      const { node } = found;
      const callee = node.firstChild;
      const opening = node.getChild("ArgList");
      if (!callee || !opening || !isIsolatedCallee(file, callee)) return;
      // The tree says what is called; the arguments come from the scan, which bears a missing comma.
      const bracket = brackets.get(opening.from + 1);
      if (bracket) tasks.push(readTask(file, callee.from, bracket));
    },
  });
  return tasks.sort((a, b) => a.range.from - b.range.from);
}

/** Whether the name in a range is an IsolatedOperator by the file's imports and aliases. */
export function isIsolatedCallee(file: DagFile, callee: Range): boolean {
  return isIsolatedName(file, file.text.slice(callee.from, callee.to));
}

/** Whether a dotted name, as written, is an IsolatedOperator by the file's imports and aliases. */
export function isIsolatedName(file: DagFile, written: string): boolean {
  if (!/^[\p{L}_][\p{L}\p{N}\p{M}_.\s]*$/u.test(written)) return false;
  const dotted = written.replace(/\s/g, "");
  if (isIsolatedOperator(qualify(file.imports, dotted))) return true;
  const [head = "", ...rest] = dotted.split(".");
  const alias = file.constants.get(head);
  const meant = alias && evaluate(file.scan, alias, file.constants);
  return meant?.kind === "name" && isIsolatedOperator(qualify(file.imports, [meant.name, ...rest].join(".")));
}

const ofTheCarrier = new Set(["isolated_operator_kwargs", "kubernetes_pod_operator_kwargs"]);

function readTask(file: DagFile, from: number, bracket: Bracket): IsolatedTask {
  const problems: string[] = [];
  const all = withUnpacked(file, argumentsOf(file.scan, bracket));
  const text = (name: string) => stringArgument(file, all, name, problems);
  const taskId = text("task_id");
  if (taskId === undefined && problems.length === 0) problems.push("task_id is not given");
  return {
    taskId,
    environment: text("environment"),
    image: text("image"),
    operator: operatorArgument(file, all),
    isolationType: text("isolation_type"),
    saysCarrier: all.some(({ name }) => name !== undefined && ofTheCarrier.has(name)),
    ...file.lineColumn(from),
    range: { from, to: bracket.closed ? bracket.to + 1 : bracket.to },
    problems,
  };
}

function stringArgument(
  file: DagFile,
  all: readonly Argument[],
  name: string,
  problems: string[],
): string | undefined {
  const found = all.find((argument) => argument.name === name);
  if (!found || found.value.length === 0) return undefined;
  const value = evaluate(file.scan, found.value, file.constants);
  if (value.kind === "string") return value.value;
  if (value.kind === "name" && value.name === "None") return undefined;
  problems.push(`${name} is computed: only running the file tells it`);
  return undefined;
}

/** The inner operator that a call names: by string, or by class as the file's imports qualify it. */
export function operatorArgument(file: DagFile, all: readonly Argument[]): string | undefined {
  const found = all.find((argument) => argument.name === "operator");
  if (!found) return undefined;
  const value = evaluate(file.scan, found.value, file.constants);
  if (value.kind === "string") return value.value;
  return value.kind === "name" && value.name !== "None" ? qualify(file.imports, value.name) : undefined;
}
