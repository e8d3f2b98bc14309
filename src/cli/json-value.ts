import { isMap, isScalar, isSeq, type Pair, parseDocument } from "yaml";
import { AirlockError } from "../base/errors";
import type { Value } from "../run/contract";

/**
 * JSON that was typed, as the runner's protocol has values (contract/README.md): whole floats stay floats and large integers
 * exact, which `JSON.parse` alone does not give, and an object of the user's own with a key that begins with `$` is none of
 * the protocol's tags.
 * @throws SyntaxError for what is no JSON
 */
export function jsonValue(text: string): Value {
  const plain = JSON.parse(text) as Value;
  // YAML's parser takes all JSON, and keeps how a number was written.
  const document = parseDocument(text, { schema: "json", uniqueKeys: false });
  return document.errors.length > 0 ? plain : valueOfNode(document.contents, plain);
}

function valueOfNode(node: unknown, plain: Value): Value {
  if (isSeq(node) && Array.isArray(plain)) {
    return plain.map((part, index) => valueOfNode(node.items[index], part));
  }
  if (isMap(node) && typeof plain === "object" && plain !== null && !Array.isArray(plain)) {
    const entries = Object.entries(plain).map(([key, part]): [string, Value] => [
      key,
      valueOfNode(lastOf(node.items, key), part),
    ]);
    return entries.some(([key]) => key.startsWith("$")) ? { $dict: entries } : Object.fromEntries(entries);
  }
  if (typeof plain !== "number" || !isScalar(node) || node.source === undefined) return plain;
  if (/[.eE]/.test(node.source)) return Number.isInteger(plain) ? { $float: node.source } : plain;
  return Number.isSafeInteger(plain) ? plain : { $int: node.source };
}

/** The value of a key; of one that stands there twice the last, as `JSON.parse` has it. */
function lastOf(items: readonly Pair[], key: string): unknown {
  return items.findLast((item) => isScalar(item.key) && item.key.value === key)?.value;
}

/** An option's JSON object, by the names of its first level. @throws AirlockError `bad-json` */
export function jsonObject(text: string | undefined, option: string): Record<string, Value> {
  if (text === undefined) return {};
  try {
    const parsed = jsonValue(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
      const { $dict: tagged } = parsed;
      return Array.isArray(tagged) ? Object.fromEntries(tagged as [string, Value][]) : parsed;
    }
  } catch {
    // Told below, without the parser's words: they quote what may be a secret.
  }
  throw new AirlockError({
    kind: "usage",
    code: "bad-json",
    message: `${option} takes a JSON object`,
    next: `For example ${option} '{"name": "value"}'`,
  });
}
