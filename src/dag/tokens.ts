import type { Range } from "./text";

export interface PlainToken extends Range {
  readonly kind: "name" | "number" | "operator";
  /** Column (from 0) where the token is the first of its line, else -1. */
  readonly indent: number;
}

export interface StringToken extends Range {
  readonly kind: "string";
  readonly indent: number;
  /** `r`, `f`, `b`, … in lower case. */
  readonly prefix: string;
  /** What stands between the quotes. */
  readonly content: Range;
  /** False where the quotes do not close: the content then ends with the line, or for triple quotes with the text. */
  readonly closed: boolean;
}

export type Token = PlainToken | StringToken;

export interface Tokens {
  readonly tokens: readonly Token[];
  readonly comments: readonly Range[];
}

const blank = /(?:[ \t\f\r\n]|\\(?:\r\n|\r|\n|$))+/y;
const comment = /#[^\r\n]*/y;
const name = /[\p{L}_][\p{L}\p{N}\p{M}_]*/uy;
const number = /\.?\d[\w.]*/y;
const operator =
  /\*\*=?|\/\/=?|>>=?|<<=?|->|:=|\.\.\.|[-+*/%@&|^<>=!~]=?|[\uD800-\uDBFF][\uDC00-\uDFFF]|[\s\S]/y;
const stringPrefix = /^(?:[rbftu]|[bft]r|r[bft])$/i;
const bodies: Readonly<Record<string, RegExp>> = {
  "'": /(?:[^'\\\r\n]|\\(?:\r\n|[\s\S]))*/y,
  '"': /(?:[^"\\\r\n]|\\(?:\r\n|[\s\S]))*/y,
  "'''": /(?:[^'\\]|\\[\s\S]|'(?!''))*/y,
  '"""': /(?:[^"\\]|\\[\s\S]|"(?!""))*/y,
};

/**
 * The tokens of a Python text in whatever state it is; never throws.
 *
 * A scan of its own and not the syntax tree, because a tree loses the call around the cursor in half of the states
 * that a person's typing goes through (an unclosed bracket, a missing comma), and a scan in none.
 */
export function tokenize(text: string): Tokens {
  const tokens: Token[] = [];
  const comments: Range[] = [];
  let at = 0;
  let lineStart = 0;
  let fresh = true;

  while (at < text.length) {
    const from = at;
    const char = text[at] as string;
    if (char <= " " || char === "\\") {
      at = endOf(blank, text, at);
      const skipped = text.slice(from, at);
      const end = Math.max(skipped.lastIndexOf("\n"), skipped.lastIndexOf("\r"));
      if (end >= 0) {
        lineStart = from + end + 1;
        // A line joined by a backslash goes on: what follows does not begin a line of code.
        fresh = !skipped.includes("\\");
      }
      if (at > from) continue;
    }
    if (char === "#") {
      at = endOf(comment, text, at);
      comments.push({ from, to: at });
      continue;
    }
    const indent = fresh ? from - lineStart : -1;
    fresh = false;
    const wordEnd = endOf(name, text, at);
    const quoteAt = wordEnd - at <= 2 && stringPrefix.test(text.slice(at, wordEnd)) ? wordEnd : at;
    if (text[quoteAt] === '"' || text[quoteAt] === "'") {
      const token = stringAt(text, from, quoteAt, indent);
      tokens.push(token);
      at = token.to;
    } else if (wordEnd > at) {
      at = wordEnd;
      tokens.push({ kind: "name", from, to: at, indent });
    } else {
      const numberEnd = endOf(number, text, at);
      at = numberEnd > at ? numberEnd : endOf(operator, text, at);
      tokens.push({ kind: at === numberEnd ? "number" : "operator", from, to: at, indent });
    }
  }
  return { tokens, comments };
}

function stringAt(text: string, from: number, quoteAt: number, indent: number): StringToken {
  const one = text[quoteAt] as string;
  const quote = text.startsWith(one.repeat(3), quoteAt) ? one.repeat(3) : one;
  const start = quoteAt + quote.length;
  const content = { from: start, to: endOf(bodies[quote] as RegExp, text, start) };
  const closed = text.startsWith(quote, content.to);
  const to = content.to + (closed ? quote.length : 0);
  return {
    kind: "string",
    from,
    to,
    indent,
    prefix: text.slice(from, quoteAt).toLowerCase(),
    content,
    closed,
  };
}

/** The end of what a sticky pattern matches at an offset; the offset itself where it matches nothing. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
