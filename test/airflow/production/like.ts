import assert from "node:assert/strict";

/** Asserts that a value is as expected; a regular expression stands for texts that it matches. */
export function assertLike(actual: unknown, expected: unknown, where = "value"): void {
  if (expected instanceof RegExp) {
    assert.match(String(actual), expected, where);
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
