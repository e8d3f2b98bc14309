import { type Call, type CallAtCursor, callAtCursor } from "../dag/call-at-cursor";
import { evaluate } from "../dag/constants";
import type { DagFile } from "../dag/dag-file";
import { canHoldTask, decoratorsOperator } from "../dag/dialects";
import { isIsolatedDecoratorName, isIsolatedName, operatorArgument } from "../dag/isolated-tasks";
import { withUnpacked } from "../dag/unpacked";
import type { Target } from "./catalogue-for";

/** An isolated task's call around the cursor, or its decorator's, and what it says so far. */
export interface IsolatedCall extends Target {
  readonly call: CallAtCursor;
  /** Whether the cursor is in `.expand(…)`, where only arguments of the inner operator belong. */
  readonly expands: boolean;
  /** The names of the arguments that are given, those of `.partial(…)` before an `.expand(…)` included. */
  readonly given: ReadonlySet<string>;
  readonly operator: string | undefined;
  /** Whether it decorates a function. */
  readonly decorates: boolean;
}

/** The isolated task whose arguments the cursor is in; undefined in any other call, one inside of its arguments too. */
export function isolatedCallAt(file: DagFile, offset: number): IsolatedCall | undefined {
  if (!canHoldTask(file.text)) return undefined;
  const call = callAtCursor(file.scan, offset);
  if (!call) return undefined;
  const expands = call.callee === ".expand" && isIsolated(file, call.receiver);
  const decorates = isIsolatedDecoratorName(file, call.callee);
  if (!expands && !decorates && !isIsolated(file, call)) return undefined;
  const all = withUnpacked(file, [...(expands ? (call.receiver?.arguments ?? []) : []), ...call.arguments]);
  const text = (name: string): string | undefined => {
    const argument = all.find((one) => one.name === name);
    const value = argument && evaluate(file.scan, argument.value, file.constants);
    return value?.kind === "string" ? value.value : undefined;
  };
  return {
    call,
    expands,
    given: new Set(all.flatMap((argument) => argument.name ?? [])),
    environment: text("environment"),
    image: text("image"),
    operator: decorates ? decoratorsOperator : operatorArgument(file, all),
    decorates,
  };
}

function isIsolated(file: DagFile, call: Call | undefined): boolean {
  return call !== undefined && isIsolatedName(file, call.callee);
}
