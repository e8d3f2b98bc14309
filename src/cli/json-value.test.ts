import assert from "node:assert/strict";
import fc from "fast-check";
import { plainValue } from "../run/show-value";
import { jsonObject, jsonValue } from "./json-value";

describe("JSON that was typed", () => {
  for (const [text, value] of [
    ["1", 1],
    ["1.0", { $float: "1.0" }],
    ["1e3", { $float: "1e3" }],
    ["-0.5", -0.5],
    ["12345678901234567890", { $int: "12345678901234567890" }],
    [
      '{"a": [1.0, {"$tuple": [1]}], "b": null}',
      { a: [{ $float: "1.0" }, { $dict: [["$tuple", [1]]] }], b: null },
    ],
    ['"1.0"', "1.0"],
    ['{"a": 1, "a": 2.0}', { a: { $float: "2.0" } }],
  ] as const) {
    it(`keeps what ${text} means`, () => assert.deepEqual(jsonValue(text), value));
  }

  it("is what JSON.parse gives, but for what that loses", () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (text) => {
        const plain = JSON.parse(text);
        // Tags of the user's own, and integers that are shown as texts.
        if (JSON.stringify(plain).includes('"$') || /\d{16}/.test(text)) return;
        assert.deepEqual(plainValue(jsonValue(text)), plain);
      }),
    );
  });

  it("of an option is an object", () => {
    assert.deepEqual(jsonObject('{"$a": 1, "b": {"$c": 1}}', "--conf"), { $a: 1, b: { $dict: [["$c", 1]] } });
    for (const wrong of ["[1]", "1", "null", "{", ""]) {
      assert.throws(() => jsonObject(wrong, "--conf"), { code: "bad-json" });
    }
  });
});
