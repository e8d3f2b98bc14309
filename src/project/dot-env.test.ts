import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDotEnv } from "./dot-env";

const file = ".env";

describe("parseDotEnv", () => {
  it("reads values as dotenv does, with the lines that set them", () => {
    const { values, places, problems } = parseDotEnv(
      "# comment\r\nA=1\nexport B='two # not a comment'\nC=\"three\nlines\nlong\"\nA=4\n\n",
      file,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(Object.fromEntries(values), {
      A: "4",
      B: "two # not a comment",
      C: "three\nlines\nlong",
    });
    assert.equal(places.get("A")?.line, 7);
    assert.equal(places.get("C")?.line, 4);
  });

  it("tells lines that are not KEY=value, without quoting them", () => {
    const { problems } = parseDotEnv('A=1\nhunter2\nB: 2\n=hunter2\nC="hunter2\nD=1', file);
    assert.deepEqual(
      problems.map(({ place, severity }) => [place.line, severity]),
      [
        [2, "error"],
        [3, "warning"],
        [4, "error"],
        [5, "error"],
      ],
    );
    assert.ok(!JSON.stringify(problems).includes("hunter2"));
  });

  it("bears any text; its places lie in it, and it says of a name what dotenv gives", () => {
    const piece = fc.constantFrom("A", "=", "'", '"', "`", "\n", "\r\n", " ", "#", "\\", "export ", ":", "é");
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 60 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (source) => {
        const lines = source.split(/\r\n|\r|\n/).length;
        const { places, problems, values } = parseDotEnv(source, file);
        for (const place of [...places.values(), ...problems.map((problem) => problem.place)]) {
          assert.ok((place.line ?? 0) >= 1 && (place.line ?? 0) <= lines);
        }
        for (const name of places.keys()) assert.ok(values.has(name));
      }),
    );
  });
});
