import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePackages } from "./packages";

const file = "packages.txt";

describe("parsePackages", () => {
  it("reads names and versions, by lines or spaces, without comments", () => {
    const { packages, problems } = parsePackages(
      "\ufeff# tools\nruby\r\nlibpq-dev=15.1-1+b1 g++ # why\n\nlibc6:i386\n",
      file,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(packages, ["ruby", "libpq-dev=15.1-1+b1", "g++", "libc6:i386"]);
  });

  it("tells what is no package, where, and what apt takes", () => {
    const { packages, problems } = parsePackages("ruby\nRuby git==1.2\nwget;\n", file);
    assert.deepEqual(packages, ["ruby"]);
    assert.deepEqual(
      problems.map(({ place }) => [place.line, place.column]),
      [
        [2, 1],
        [2, 6],
        [3, 1],
      ],
    );
    assert.match(problems[0]?.message ?? "", /lower case/);
    assert.match(problems[1]?.message ?? "", /git=1\.2/);
  });

  it("bears any text, and its places lie in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const lines = text.split(/\r\n|\r|\n/);
        for (const { place } of parsePackages(text, file).problems) {
          assert.ok((place.column ?? 0) <= (lines[(place.line ?? 0) - 1]?.length ?? -1));
        }
      }),
    );
  });

  it("reads back every list of packages", () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,12}$/);
    const version = fc.option(fc.stringMatching(/^[0-9][A-Za-z0-9.+~:-]{0,8}$/), { nil: undefined });
    const entry = fc
      .tuple(name, version)
      .map(([left, right]) => (right === undefined ? left : `${left}=${right}`));
    fc.assert(
      fc.property(fc.array(entry), fc.constantFrom("\n", "\r\n", " ", "  # x\n"), (all, between) => {
        assert.deepEqual(parsePackages(all.join(between), file), { packages: all, problems: [] });
      }),
    );
  });
});
