// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are variables of Dockerfiles.
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDockerfile } from "./dockerfile";
import { argValues, expand } from "./expand";

const parse = (text: string) => parseDockerfile(text, "Dockerfile");
const told = (text: string) => parse(text).problems.map(({ place, message }) => `${place.line}: ${message}`);

describe("parseDockerfile", () => {
  it("finds what the last stage stands on, through the stages", () => {
    const text =
      "ARG BASE_IMAGE\nFROM python:2.7 AS two\nFROM ${BASE_IMAGE} AS base\nRUN x\nFROM base\nCOPY --from=two /a /a\n";
    const { from, args, problems } = parse(text);
    assert.deepEqual(problems, []);
    assert.deepEqual(from, { image: "${BASE_IMAGE}", place: { file: "Dockerfile", line: 3 } });
    assert.ok(args.has("BASE_IMAGE"));
  });

  it("reads PYENV lines", () => {
    const text =
      "# syntax=quay.io/astronomer/airflow-extensions:latest\nFROM astro\nPYENV 3.8 snowpark reqs/snow.txt\nPYENV 3.10 p310\nPYENV 3.9\n";
    const { pyenvs, problems } = parse(text);
    assert.deepEqual(pyenvs, [
      {
        python: "3.8",
        name: "snowpark",
        requirements: "reqs/snow.txt",
        place: { file: "Dockerfile", line: 3 },
      },
      { python: "3.10", name: "p310", requirements: undefined, place: { file: "Dockerfile", line: 4 } },
    ]);
    assert.deepEqual(
      problems.map(({ place }) => place.line),
      [5],
    );
    assert.match(told("FROM a\nPYENV 3.8 x")[0] ?? "", /2: PYENV wants .*syntax=/);
  });

  for (const [name, text, expected] of [
    ["an empty file", "", /^1: .*empty/],
    ["only comments", "# FROM x\n\n", /^1: .*empty/],
    ["no FROM", "RUN true\n", /^1: .*no FROM/],
    ["FROM without an image", "FROM\n", /^1: FROM wants an image/],
    ["an unknown instruction", "FROM a\nRNU x\n", /^2: Unknown instruction RNU; did you mean "RUN"/],
    ["an instruction before FROM", "RUN x\nFROM a\n", /^1: RUN cannot stand before/],
    ["an unclosed continuation", "FROM a\r\nRUN x \\\r\n  && y \\\r\n", /^3: .*ends in the middle/],
    ["what is too large to be one", `FROM a\n${"RUN x\n".repeat(50_000)}`, /larger than 256 KiB/],
    ["an unclosed here-document", "FROM a\nRUN <<EOT\nx\n", /^2: .*<<EOT is not closed/],
  ] as const) {
    it(`tells ${name}, with its line`, () => {
      const problems = told(text);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", expected);
    });
  }

  it("bears any text, and its places lie in it", () => {
    const piece = fc.constantFrom(
      "FROM ",
      "ARG ",
      "RUN ",
      "COPY ",
      "PYENV ",
      "a",
      "${X}",
      "=",
      "\\",
      "\n",
      "\r\n",
      " ",
      "<<EOF",
      "[",
      '"',
      "#",
      "AS b",
      "--x=",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 40 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (source) => {
        const lines = source.split(/\r\n|\r|\n/).length;
        for (const { place } of parse(source).problems)
          assert.ok((place.line ?? 0) >= 1 && (place.line ?? 0) <= lines);
      }),
    );
  });
});

describe("expand", () => {
  it("replaces variables, with defaults, and tells those without a value", () => {
    const values = new Map([
      ["A", "1"],
      ["B", undefined],
    ]);
    assert.deepEqual(expand("x:$A-${A}-${B:-two}-${A:+set}", values), { text: "x:1-1-two-set", missing: [] });
    assert.deepEqual(expand("${B}:${C}", values), { text: ":", missing: ["B", "C"] });
  });

  it("lets build arguments win over defaults, which may name earlier ones", () => {
    const args = new Map([
      ["TAG", "1"],
      ["IMAGE", "a:${TAG}"],
    ]);
    assert.equal(argValues(args, {}).get("IMAGE"), "a:1");
    assert.equal(argValues(args, { TAG: "2" }).get("IMAGE"), "a:2");
  });
});
