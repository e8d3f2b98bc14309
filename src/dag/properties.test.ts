import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, it } from "mocha";
import { callAtCursor } from "./call-at-cursor";
import { isolatedTasks } from "./isolated-tasks";
import { tokenize } from "./tokens";

const real = readFileSync("examples/fitness/dags/fitness.py", "utf8");
const pieces = [
  "(",
  ")",
  '"',
  "'",
  '"""',
  "\n",
  "    ",
  ",",
  "=",
  "{",
  "}",
  "[",
  "\\",
  "#",
  "def f(",
  "é𝒳",
  "IsolatedOperator(",
  'environment="',
  "f'{x",
  "\r\n",
  "\t",
];
const edit = fc.record({
  at: fc.nat({ max: real.length }),
  remove: fc.nat({ max: 40 }),
  insert: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 8 })),
});
const edited = (text: string, { at, remove, insert }: { at: number; remove: number; insert: string }) =>
  text.slice(0, at) + insert + text.slice(at + remove);

describe("reading a DAG file in any state", () => {
  it("never throws, wherever the file is cut off and however it is edited", () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 6 }), fc.nat({ max: real.length }), (edits, cut) => {
        const text = edits.reduce(edited, real).slice(0, cut);
        isolatedTasks(text);
        callAtCursor(text, cut % (text.length + 1));
      }),
      { numRuns: 300 },
    );
  });

  it("never throws on any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(), (text, at) => {
        isolatedTasks(`IsolatedOperator(${text}`);
        callAtCursor(text, at % (text.length + 1));
      }),
    );
  });

  it("covers every character but blanks and comments with exactly one token", () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 4 }), (edits) => {
        const text = edits.reduce(edited, real);
        const { tokens, comments } = tokenize(text);
        const parts = [...tokens, ...comments].sort((a, b) => a.from - b.from);
        let at = 0;
        for (const part of parts) {
          assert.match(text.slice(at, part.from), /^(?:\s|\\)*$/);
          assert.ok(part.from >= at && part.to > part.from);
          at = part.to;
        }
      }),
      { numRuns: 200 },
    );
  });
});
