import assert from "node:assert/strict";
import { showValue } from "./show-value";

describe("a value for a person", () => {
  for (const [value, shown] of [
    ["a text", "a text"],
    [null, "null"],
    [[{ $tuple: [1, "a"] }], '[[1,"a"]]'],
    [{ at: { $datetime: "2024-01-01T00:00:00+00:00" } }, '{"at":"2024-01-01T00:00:00+00:00"}'],
    [{ $datetime: "2024-01-01T00:00:00+01:00", $zone: "Europe/Madrid" }, "2024-01-01T00:00:00+01:00"],
    [{ $decimal: "1.50" }, "1.50"],
    [[{ $float: "2.0" }, { $float: "nan" }], '[2,"nan"]'],
    [
      {
        $dict: [
          [1, "one"],
          ["$x", { $timedelta: 60 }],
        ],
      },
      '{"1":"one","$x":"60 s"}',
    ],
    [{ $callable: { module: "fitness", qualname: "count_words" } }, "<function count_words>"],
  ] as const) {
    it(`${JSON.stringify(value)} is shown as ${shown}`, () => assert.equal(showValue(value as never), shown));
  }
});
