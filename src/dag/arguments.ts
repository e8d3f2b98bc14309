import type { Bracket, Scan } from "./brackets";
import type { Range } from "./text";
import type { Token } from "./tokens";

/** One argument of a call. `name` is undefined for a positional one, `*` and `**` for an unpacked one. */
export interface Argument {
  readonly name: string | undefined;
  /** Where the name stands. */
  readonly nameRange: Range | undefined;
  /** The tokens of the value; none while it is still to be typed. */
  readonly value: readonly Token[];
  /** From the start of the name to the end of the value. */
  readonly range: Range;
}

/**
 * The arguments of a call, also where a comma between two of them is missing: `name=` begins a new one.
 */
export function argumentsOf(scan: Scan, bracket: Bracket): readonly Argument[] {
  const found: Argument[] = [];
  let held: Token[] = [];
  const end = () => {
    if (held.length > 0) found.push(argument(scan.text, held));
    held = [];
  };
  let depth = 0;
  let lambda = false;
  for (let index = bracket.first; index < bracket.end; index += 1) {
    const token = scan.tokens[index] as Token;
    const word = token.kind === "string" ? "" : scan.text.slice(token.from, token.to);
    if (depth === 0) {
      if (word === "," && !lambda) {
        end();
        continue;
      }
      // A lambda's parameters have commas and defaults of their own, up to its colon.
      if (word === "lambda") lambda = true;
      else if (word === ":") lambda = false;
      if (held.length > 0 && !lambda && token.kind === "name" && isSign(scan, index + 1, "=")) end();
    }
    if (word === "(" || word === "[" || word === "{") depth += 1;
    else if (depth > 0 && (word === ")" || word === "]" || word === "}")) depth -= 1;
    held.push(token);
  }
  end();
  return found;
}

function isSign(scan: Scan, index: number, sign: string): boolean {
  const token = scan.tokens[index];
  return token?.kind === "operator" && scan.text.slice(token.from, token.to) === sign;
}

function argument(text: string, tokens: readonly Token[]): Argument {
  const first = tokens[0] as Token;
  const second = tokens[1];
  const range = { from: first.from, to: (tokens.at(-1) as Token).to };
  const word = text.slice(first.from, first.to);
  if (first.kind === "name" && second?.kind === "operator" && text.slice(second.from, second.to) === "=") {
    return { name: word, nameRange: first, value: tokens.slice(2), range };
  }
  if (word === "*" || word === "**") {
    return { name: word, nameRange: first, value: tokens.slice(1), range };
  }
  return { name: undefined, nameRange: undefined, value: tokens, range };
}
