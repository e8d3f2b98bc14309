import { countBefore, type Range } from "./text";
import type { Token } from "./tokens";

/** The tokens that lie in a range of the text. */
export function tokensIn(tokens: readonly Token[], range: Range): readonly Token[] {
  const first = countBefore(tokens, range.from);
  let end = first;
  while (end < tokens.length && (tokens[end] as Token).to <= range.to) end += 1;
  return tokens.slice(first, end);
}
