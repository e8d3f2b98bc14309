import { type Argument, argumentsOf } from "./arguments";
import { type Bracket, bracketAt, type Scan, scan } from "./brackets";
import { countBefore, type Range, touches } from "./text";
import type { StringToken, Token } from "./tokens";

/** A call around the cursor. */
export interface Call {
  /** What is called, as written (`IsolatedOperator.partial`); `receiver` is the call before it in a chain. */
  readonly callee: string;
  readonly calleeRange: Range;
  readonly arguments: readonly Argument[];
  readonly receiver: Call | undefined;
}

export interface CallAtCursor extends Call {
  /** Where in the call the cursor is. */
  readonly at: CursorInCall;
  /** The brackets between call and cursor, outermost first: `{` in `f(x={|})`. */
  readonly nesting: readonly ("(" | "[" | "{")[];
  /** The call that this one is an argument of. */
  readonly outer: CallAtCursor | undefined;
}

export type CursorInCall =
  /** An argument begins here: its name can be typed, or a positional value. */
  | {
      readonly kind: "name";
      readonly prefix: string;
      /** What a chosen name replaces. */
      readonly range: Range;
      /** Whether `=` stands behind it already. */
      readonly assigned: boolean;
    }
  /** In a value. */
  | {
      readonly kind: "value";
      /** The argument; undefined where none can be told. */
      readonly argument: Argument | undefined;
      /** What stands before the cursor: of the dotted name, or of the string's content. */
      readonly prefix: string;
      readonly range: Range;
      /** Set where the cursor is inside the quotes of a string. */
      readonly string: StringToken | undefined;
    };

/**
 * The call around a cursor and where in it the cursor is; undefined outside of calls and in comments.
 * Bears all states that typing goes through: unclosed brackets and quotes, missing commas, `name=`, `{`.
 */
export function callAtCursor(source: string | Scan, offset: number): CallAtCursor | undefined {
  const scanned = typeof source === "string" ? scan(source) : source;
  if (scanned.comments.some((comment) => comment.from < offset && offset <= comment.to)) return undefined;
  return callAt(scanned, bracketAt(scanned.brackets, offset), offset);
}

function callAt(scanned: Scan, innermost: Bracket | undefined, offset: number): CallAtCursor | undefined {
  const nesting: Bracket["char"][] = [];
  let bracket = innermost;
  while (bracket && !bracket.callee) {
    nesting.unshift(bracket.char);
    bracket = bracket.parent;
  }
  const call = bracket && asCall(scanned, bracket);
  if (!bracket || !call) return undefined;
  const at = cursorIn(scanned, bracket, call.arguments, offset);
  const named = at.kind === "name" && nesting.length > 0;
  return {
    ...call,
    nesting,
    outer: callAt(scanned, bracket.parent, offset),
    at: named
      ? { ...at, kind: "value", argument: argumentAt(call.arguments, offset), string: undefined }
      : at,
  };
}

function asCall(scanned: Scan, bracket: Bracket): Call | undefined {
  if (!bracket.callee) return undefined;
  const { text, from, to, receiver } = bracket.callee;
  return {
    callee: text,
    calleeRange: { from, to },
    arguments: argumentsOf(scanned, bracket),
    receiver: receiver && asCall(scanned, receiver),
  };
}

function argumentAt(all: readonly Argument[], offset: number): Argument | undefined {
  return all.findLast((argument) => argument.range.from <= offset);
}

function cursorIn(scanned: Scan, bracket: Bracket, all: readonly Argument[], offset: number): CursorInCall {
  const { text, tokens } = scanned;
  const index = countBefore(tokens, offset) - 1;
  const token = tokens[index];
  const empty = { from: offset, to: offset };
  if (token?.kind === "string" && inContent(token, offset)) {
    const prefix = text.slice(token.content.from, offset);
    const range = { from: token.content.from, to: contentEnd(text, token, offset) };
    return { kind: "value", argument: argumentAt(all, offset), prefix, range, string: token };
  }
  const typed = token?.kind === "name" && touches(token, offset) ? token : undefined;
  const before = typed ? index - 1 : index;
  const sign = signAt(scanned, before);
  const assigned = signAt(scanned, index + 1) === "=";
  // A line that begins with a name although no comma ended the one before: the comma is still to be typed.
  const firstOnLine = typed ? typed.indent >= 0 : /[\r\n]/.test(text.slice(tokens[index]?.to ?? 0, offset));
  const begins = before < bracket.first || sign === "," || (firstOnLine && !continues(sign));
  if (begins) {
    const prefix = typed ? text.slice(typed.from, offset) : "";
    return { kind: "name", prefix, range: typed ?? empty, assigned: typed !== undefined && assigned };
  }
  let first = before;
  while (typed && signAt(scanned, first) === "." && tokens[first - 1]?.kind === "name") first -= 2;
  if (!typed && sign === "." && tokens[before - 1]?.kind === "name") first -= 2;
  const from = first < before || typed ? (tokens[first + 1] as Token).from : offset;
  const range = { from, to: typed?.to ?? offset };
  return {
    kind: "value",
    argument: argumentAt(all, offset),
    prefix: text.slice(from, offset),
    range,
    string: undefined,
  };
}

/** Whether an expression goes on after this sign, over the end of a line too. */
function continues(sign: string | undefined): boolean {
  return sign !== undefined && !/^[)\]},]$/.test(sign);
}

function signAt({ text, tokens }: Scan, index: number): string | undefined {
  const token = tokens[index];
  return token?.kind === "operator" ? text.slice(token.from, token.to) : undefined;
}

function inContent(token: StringToken, offset: number): boolean {
  return token.content.from <= offset && offset <= token.content.to;
}

/** A chosen value replaces the string's content, but of an unclosed string only the word that the cursor is in. */
function contentEnd(text: string, token: StringToken, offset: number): number {
  if (token.closed) return token.content.to;
  return offset + (/^[\w.:/@-]*/.exec(text.slice(offset, token.content.to))?.[0].length ?? 0);
}
