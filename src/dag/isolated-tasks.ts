import type { SyntaxNode } from "@lezer/common";
import { type Argument, argumentsOf } from "./arguments";
import type { Bracket } from "./brackets";
import { evaluate } from "./constants";
import { type DagFile, readDagFile } from "./dag-file";
import { canHoldTask, decoratorsOperator, isIsolatedDecorator, isIsolatedOperator } from "./dialects";
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
  /** Where the call begins, from 1. */
  readonly line: number;
  readonly column: number;
  /** The call, from what is called to the closing bracket; or the decorator. */
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
    enter: ({ name, node }) => {
      if (name !== "CallExpression" && name !== "Decorator") return;
      const opening = node.getChild("ArgList");
      // The tree says what is called; the arguments come from the scan, which bears a missing comma.
      const bracket = opening ? brackets.get(opening.from + 1) : undefined;
      const task =
        name === "Decorator" ? decoratedTask(file, node, bracket) : calledTask(file, node, bracket);
      if (task) tasks.push(task);
    },
  });
  return tasks.sort((a, b) => a.range.from - b.range.from);
}

function calledTask(file: DagFile, call: SyntaxNode, bracket: Bracket | undefined): IsolatedTask | undefined {
  const callee = call.firstChild;
  if (!callee || !bracket || !isIsolatedCallee(file, callee)) return undefined;
  const problems: string[] = [];
  const all = withUnpacked(file, argumentsOf(file.scan, bracket));
  const taskId = stringArgument(file, all, "task_id", problems);
  if (taskId === undefined && problems.length === 0) problems.push("task_id is not given");
  return readTask(
    file,
    { from: callee.from, to: endOf(bracket) },
    all,
    taskId,
    operatorArgument(file, all),
    problems,
  );
}

/** `@task.isolated` above a function, which the task is called by where it says nothing else. */
function decoratedTask(
  file: DagFile,
  decorator: SyntaxNode,
  bracket: Bracket | undefined,
): IsolatedTask | undefined {
  const named = decorator.getChild("VariableName");
  const decorated = decorator.parent?.getChild("FunctionDefinition")?.getChild("VariableName");
  if (!named || !decorated) return undefined;
  const opening = decorator.getChild("ArgList")?.from ?? decorator.to;
  const name = file.text.slice(named.from, opening).trimEnd();
  if (!isIsolatedDecoratorName(file, name)) return undefined;
  const problems: string[] = [];
  const all = bracket ? withUnpacked(file, argumentsOf(file.scan, bracket)) : [];
  const said = stringArgument(file, all, "task_id", problems);
  const taskId = said ?? (problems.length === 0 ? file.text.slice(decorated.from, decorated.to) : undefined);
  const range = { from: decorator.from, to: bracket ? endOf(bracket) : named.from + name.length };
  return readTask(file, range, all, taskId, decoratorsOperator, problems);
}

function endOf({ closed, to }: Bracket): number {
  return closed ? to + 1 : to;
}

/** Whether a dotted name, as written, is `@task.isolated` by the file's imports. */
export function isIsolatedDecoratorName(file: DagFile, written: string): boolean {
  return isIsolatedDecorator(qualify(file.imports, written.replace(/\s/g, "")));
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

function readTask(
  file: DagFile,
  range: Range,
  all: readonly Argument[],
  taskId: string | undefined,
  operator: string | undefined,
  problems: string[],
): IsolatedTask {
  const text = (name: string) => stringArgument(file, all, name, problems);
  return {
    taskId,
    environment: text("environment"),
    image: text("image"),
    operator,
    isolationType: text("isolation_type"),
    ...file.lineColumn(range.from),
    range,
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
