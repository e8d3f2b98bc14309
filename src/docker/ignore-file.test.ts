import assert from "node:assert/strict";
import fc from "fast-check";
import { ignoreRules } from "./ignore-file";

const rules = (text: string) => ignoreRules(text, "/p/.dockerignore");

describe("an ignore file", () => {
  // https://docs.docker.com/build/concepts/context/#dockerignore-files
  const cases: [text: string, path: string, ignored: boolean][] = [
    ["*.md", "README.md", true],
    ["*.md", "docs/README.md", false],
    ["**/*.md", "docs/README.md", true],
    ["docs", "docs/a/b", true],
    ["/docs/", "docs/a", true],
    ["# docs\n", "docs", false],
    ["*\n!keep", "keep/a", false],
    ["*\n!keep\nkeep/b", "keep/b", true],
    ["temp?", "tempa", true],
    ["Readme", "README", false],
    ["node_modules\r\n.git\r\n", ".git", true],
  ];
  for (const [text, path, ignored] of cases) {
    it(`${JSON.stringify(text)} ${ignored ? "leaves out" : "lets through"} ${path}`, () => {
      assert.equal(rules(text).ignores(path), ignored);
    });
  }

  it("tells in which ignored folders a ! pattern may let something in again", () => {
    const { mayLetIn } = rules("*\n!src/gen/*.py\n!docs");
    assert.deepEqual(["src", "src/gen", "docs", "node_modules"].map(mayLetIn), [true, true, true, false]);
    assert.equal(rules("*\n!**/keep").mayLetIn("anywhere"), true);
    assert.equal(rules("*").mayLetIn("anywhere"), false);
  });

  it("tells the line that is no pattern", () => {
    assert.throws(() => rules("ok\n[a-"), {
      code: "bad-dockerignore",
      place: { file: "/p/.dockerignore", line: 2 },
    });
  });

  it("never lets a folder be passed over that holds something to be sent", () => {
    const name = fc.constantFrom("a", "b", "ab");
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    const part = fc.constantFrom("a", "b", "ab", "*", "**", "a*", "?");
    const pattern = fc
      .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 3 }))
      .map(([not, parts]) => `${not ? "!" : ""}${parts.join("/")}`);
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 4 }), path, (patterns, path) => {
        const { ignores, mayLetIn } = rules(patterns.join("\n"));
        if (ignores(path)) return;
        const parts = path.split("/");
        for (let depth = 1; depth < parts.length; depth++) {
          const folder = parts.slice(0, depth).join("/");
          assert.ok(!ignores(folder) || mayLetIn(folder), `${folder} of ${path}`);
        }
      }),
    );
  });
});
