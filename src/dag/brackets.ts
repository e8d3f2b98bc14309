import { countBefore, type Range } from "./text";
import { type Token, type Tokens, tokenize } from "./tokens";

/** A pair of brackets; `from` and `to` are the offsets of what stands between them. */
export interface Bracket extends Range {
  readonly char: "(" | "[" | "{";
  /** Indices of the tokens between the brackets: `first` is in, `end` is not. */
  readonly first: number;
  readonly end: number;
  readonly closed: boolean;
  readonly parent: Bracket | undefined;
  /** What is called, as written: `IsolatedOperator`, `a.b.C`, `.expand` on what `receiver` gave. Undefined: no call. */
  readonly callee: Callee | undefined;
}

export interface Callee extends Range {
  readonly text: string;
  /** The call whose result is called on: `A(…)` in `A(…).expand(…)`. */
  readonly receiver: Bracket | undefined;
}

export interface Scan extends Tokens {
  readonly text: string;
  /** In the order of their opening. */
  readonly brackets: readonly Bracket[];
}

const statementWords = new Set(
  "def class with import from return try except finally while raise pass async del global nonlocal assert if elif else for break continue".split(
    " ",
  ),
);
const notCallable = new Set([
  ...statementWords,
  "in",
  "is",
  "not",
  "and",
  "or",
  "lambda",
  "yield",
  "await",
  "as",
]);
const opens: Readonly<Record<string, "(" | "[" | "{">> = { ")": "(", "]": "[", "}": "{" };

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Tokens and brackets of a Python text in whatever state it is; never throws.
 * A bracket that nobody closed ends where evidently the next statement begins: at a line that is not indented deeper
 * than the statement of the bracket and that reads like a statement.
 */
export function scan(text: string): Scan {
  const { tokens, comments } = tokenize(text);
  const brackets: Writable<Bracket>[] = [];
  const open: Writable<Bracket>[] = [];
  let statementIndent = 0;

  const close = (depth: number, end: number, to: number) => {
    for (const bracket of open.splice(depth)) Object.assign(bracket, { end, to: Math.max(to, bracket.from) });
  };

  tokens.forEach((token, index) => {
    if (token.indent >= 0) {
      const next = open.length > 0 && token.indent <= statementIndent && beginsStatement(text, tokens, index);
      if (next) close(0, index, token.from - token.indent - 1);
      if (open.length === 0) statementIndent = token.indent;
    }
    if (token.kind !== "operator") return;
    const char = text[token.from] as string;
    if (char === "(" || char === "[" || char === "{") {
      const bracket: Bracket = {
        char,
        from: token.to,
        to: text.length,
        first: index + 1,
        end: tokens.length,
        closed: false,
        parent: open.at(-1),
        callee: char === "(" ? calleeBefore(text, tokens, index, brackets) : undefined,
      };
      brackets.push(bracket);
      open.push(bracket);
      return;
    }
    // A closer closes the last open bracket of its kind; the unclosed ones inside end with it.
    const depth = open.findLastIndex((bracket) => bracket.char === opens[char]);
    if (depth < 0) return;
    (open[depth] as Writable<Bracket>).closed = true;
    close(depth, index, token.from);
  });
  return { text, tokens, comments, brackets };
}

/** The innermost bracket around an offset. */
export function bracketAt(brackets: readonly Bracket[], offset: number): Bracket | undefined {
  let bracket = brackets[countBefore(brackets, offset + 1) - 1];
  while (bracket && offset > bracket.to) bracket = bracket.parent;
  return bracket;
}

function beginsStatement(text: string, tokens: readonly Token[], index: number): boolean {
  const token = tokens[index] as Token;
  const word = text.slice(token.from, token.to);
  if (word === "@") return true;
  if (token.kind !== "name") return false;
  if (statementWords.has(word)) return true;
  const next = tokens[index + 1];
  if (next?.kind !== "operator") return false;
  const sign = text.slice(next.from, next.to);
  // `name = value` is a statement, `name=value` an argument.
  return sign === "=" ? next.from > token.to : [".", "(", "[", ":", ">>", "<<"].includes(sign);
}

/** The dotted name that ends right before the opening bracket at `index`; none after `def` and `class`. */
function calleeBefore(
  text: string,
  tokens: readonly Token[],
  index: number,
  brackets: readonly Bracket[],
): Callee | undefined {
  const is = (at: number, kind: Token["kind"], sign?: string) => {
    const token = tokens[at];
    return token?.kind === kind && (sign === undefined || text.slice(token.from, token.to) === sign);
  };
  let first = index;
  while (is(first - 1, "name") && (first === index || is(first, "operator", "."))) {
    first -= 1;
    if (is(first - 1, "operator", ".")) first -= 1;
  }
  if (first === index) return undefined;
  const words = tokens.slice(first, index).map((token) => text.slice(token.from, token.to));
  if (
    notCallable.has(words.at(-1) as string) ||
    is(first - 1, "name", "def") ||
    is(first - 1, "name", "class")
  ) {
    return undefined;
  }
  const from = (tokens[first] as Token).from;
  const to = (tokens[index - 1] as Token).to;
  const receiver =
    words[0] === "." && is(first - 1, "operator", ")")
      ? brackets.findLast((bracket) => bracket.closed && bracket.end === first - 1)
      : undefined;
  return { text: words.join(""), from, to, receiver };
}
