import { type Argument, argumentsOf } from "./arguments";
import { evaluate } from "./constants";
import type { DagFile } from "./dag-file";
import type { Token } from "./tokens";

const depthLimit = 8;

/**
 * The arguments of a call, and behind them those that its `**` stand for, as far as the source shows it: a dict that the module
 * assigns once, or one that is written in place, with braces or by `dict(…)`.
 */
export function withUnpacked(file: DagFile, all: readonly Argument[]): readonly Argument[] {
  const unpacked = all.filter(({ name }) => name === "**");
  return unpacked.length === 0
    ? all
    : [...all, ...unpacked.flatMap(({ value }) => entriesOf(file, value, 0))];
}

function entriesOf(file: DagFile, tokens: readonly Token[], depth: number): readonly Argument[] {
  const [first, second] = tokens;
  if (!first || depth > depthLimit) return [];
  const word = (token: Token | undefined) => token && file.text.slice(token.from, token.to);
  if (tokens.length === 1) return entriesOf(file, file.constants.get(word(first) ?? "") ?? [], depth + 1);
  const isCall = word(first) === "dict" && word(second) === "(";
  const opening = isCall ? second : first;
  const bracket = file.scan.brackets.find(({ from }) => from === opening?.to);
  // Behind it nothing may come: `{…} | other` is more than what stands in it.
  if (!bracket?.closed || tokens.at(-1)?.from !== bracket.to) return [];
  if (!isCall && bracket.char !== "{") return [];
  const parts = argumentsOf(file.scan, bracket);
  return parts.flatMap((part) => {
    if (part.name === "**") return entriesOf(file, part.value, depth + 1);
    return isCall ? [part] : pairOf(file, part);
  });
}

/** `"key": value` as an argument of that name. */
function pairOf(file: DagFile, { value, range }: Argument): Argument[] {
  const colon = value.findIndex((token) => file.text.slice(token.from, token.to) === ":");
  const [key] = value;
  if (colon !== 1 || !key) return [];
  const name = evaluate(file.scan, [key], file.constants);
  if (name.kind !== "string") return [];
  return [{ name: name.value, nameRange: key, value: value.slice(2), range }];
}
