import assert from "node:assert/strict";

/** Expected of a text that holds JSON, where something else than a text would have been better. */
export interface JsonText {
  readonly jsonText: unknown;
}

/** Asserts that a value is as expected; a regular expression stands for texts that it matches. */
export function assertLike(actual: unknown, expected: unknown, where = "value"): void {
  if (expected instanceof RegExp) {
    assert.match(String(actual), expected, where);
  } else if (isJsonText(expected)) {
    assert.equal(typeof actual, "string", where);
    assertLike(JSON.parse(actual as string), expected.jsonText, where);
  } else if (typeof expected === "object" && expected !== null) {
    assert.ok(typeof actual === "object" && actual !== null, `${where} is ${JSON.stringify(actual)}`);
    assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort(), where);
    for (const [key, value] of Object.entries(expected)) {
      assertLike((actual as Record<string, unknown>)[key], value, `${where}.${key}`);
    }
  } else {
    assert.deepEqual(actual, expected, where);
  }
}

function isJsonText(expected: unknown): expected is JsonText {
  return typeof expected === "object" && expected !== null && "jsonText" in expected;
}
