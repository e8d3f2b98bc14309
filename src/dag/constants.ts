import type { Scan } from "./brackets";
import { isStatement } from "./imports";
import type { Syntax } from "./syntax";
import type { Token } from "./tokens";
import { tokensIn } from "./tokens-in";

/** What a value in the source is, as far as reading without running can tell. */
export type Value =
  | { readonly kind: "string"; readonly value: string }
  /** A name as written, with dots: `BashOperator`, `bash.BashOperator`. */
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "computed" };

/** The values that names of the module have: assigned once, at its top. */
export type Constants = ReadonlyMap<string, readonly Token[]>;

/** Reads `NAME = …` at the top of the module; a name that is assigned twice is no constant. */
export function readConstants({ tree }: Syntax, scanned: Scan): Constants {
  const constants = new Map<string, readonly Token[]>();
  const assigned = new Set<string>();
  tree.iterate({
    enter: (found) => {
      if (found.name !== "AssignStatement") return isStatement(found.name);
      const { node } = found;
      const target = node.firstChild;
      const sign = node.getChild("AssignOp");
      if (target?.name !== "VariableName" || !sign) return false;
      const key = scanned.text.slice(target.from, target.to);
      if (assigned.has(key) || node.parent?.name !== "Script") constants.delete(key);
      else constants.set(key, tokensIn(scanned.tokens, { from: sign.to, to: node.to }));
      assigned.add(key);
      return false;
    },
  });
  return constants;
}

const depthLimit = 8;

/** What the tokens of a value say: a string (adjacent and added ones joined), a name, or what only running can tell. */
export function evaluate(scanned: Scan, tokens: readonly Token[], constants: Constants, depth = 0): Value {
  const bare = withoutParentheses(scanned.text, tokens);
  if (bare.length === 0 || depth > depthLimit) return { kind: "computed" };
  const words = bare.map((token) => scanned.text.slice(token.from, token.to));
  if (bare.every((token, index) => (index % 2 === 0 ? token.kind === "name" : words[index] === "."))) {
    const name = words.join("");
    const held = constants.get(name);
    const meant: Value = held ? evaluate(scanned, held, constants, depth + 1) : { kind: "name", name };
    return meant.kind === "computed" ? { kind: "name", name } : meant;
  }
  let value = "";
  for (const [index, token] of bare.entries()) {
    if (token.kind === "string") {
      const part = contentOf(scanned.text, token);
      if (part === undefined) return { kind: "computed" };
      value += part;
    } else if (token.kind === "name") {
      const part = evaluate(scanned, [token], constants, depth + 1);
      if (part.kind !== "string") return { kind: "computed" };
      value += part.value;
    } else if (words[index] !== "+") return { kind: "computed" };
  }
  return { kind: "string", value };
}

function withoutParentheses(text: string, tokens: readonly Token[]): readonly Token[] {
  const first = tokens[0];
  const last = tokens.at(-1);
  const wrapped =
    first &&
    last &&
    tokens.length > 2 &&
    text.slice(first.from, first.to) === "(" &&
    text.slice(last.from, last.to) === ")";
  return wrapped ? withoutParentheses(text, tokens.slice(1, -1)) : tokens;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\n": "", "\r\n": "" };

/** What a string literal means; undefined for bytes and for an f-string that computes. */
function contentOf(text: string, token: Extract<Token, { kind: "string" }>): string | undefined {
  const content = text.slice(token.content.from, token.content.to);
  if (token.prefix.includes("b")) return undefined;
  if (/[ft]/.test(token.prefix) && /[{}]/.test(content)) return undefined;
  if (token.prefix.includes("r")) return content;
  return content.replace(/\\(\r\n|[\s\S])/g, (_, escaped: string) => escapes[escaped] ?? escaped);
}
