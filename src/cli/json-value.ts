import { AirlockError } from "../base/errors";
import type { Value } from "../run/contract";

/**
 * JSON that was typed, as the runner's protocol has values: an object of the user's own with a key that begins with `$` is
 * none of the protocol's tags.
 * @throws SyntaxError
 */
export function jsonValue(text: string): Value {
  return JSON.parse(text, (_, part) =>
    isTagged(part) ? { $dict: Object.entries(part as object) } : part,
  ) as Value;
}

/** An option's JSON object, by the names of its first level. @throws AirlockError `bad-json` */
export function jsonObject(text: string | undefined, option: string): Record<string, Value> {
  if (text === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
      return Object.fromEntries(
        Object.entries(parsed).map(([name, part]) => [name, jsonValue(JSON.stringify(part))]),
      );
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

function isTagged(part: unknown): boolean {
  return (
    typeof part === "object" &&
    part !== null &&
    !Array.isArray(part) &&
    Object.keys(part).some((key) => key.startsWith("$"))
  );
}
