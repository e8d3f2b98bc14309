import assert from "node:assert/strict";
import fc from "fast-check";
import { dockerfileLines } from "./dockerfile-lines";

const text = `# syntax=none
ARG BASE_IMAGE
ARG TOOLS=python:2.7-slim
FROM \${TOOLS} AS tools

FROM \${BASE_IMAGE:-fallback} AS last
# a comment
RUN apt-get update && \\
    # in between
    apt-get install -y ruby
COPY --from=tools /a /b
FROM tools
FROM scratch
`;

describe("a Dockerfile's lines", () => {
  it("are found by the classic builder's step numbers", () => {
    const lines = dockerfileLines(text, {});
    assert.deepEqual([1, 2, 3, 5, 6].map(lines.ofStep), [2, 3, 4, 8, 11]);
    assert.equal(lines.ofStep(99), undefined);
  });

  it("are found by BuildKit's text of the instruction", () => {
    const lines = dockerfileLines(text, {});
    assert.equal(lines.ofInstruction("RUN apt-get update &&     apt-get install -y ruby"), 8);
    assert.equal(lines.ofInstruction("COPY --from=tools /a /b"), 11);
    assert.equal(lines.ofInstruction("FROM docker.io/library/python:2.7-slim"), 4);
    assert.equal(lines.ofInstruction("FROM docker.io/library/fallback"), 6);
    assert.equal(lines.ofInstruction("RUN something else"), undefined);
  });

  it("tell the images that it stands on, with the arguments filled in", () => {
    assert.deepEqual(dockerfileLines(text, { BASE_IMAGE: "me/airflow" }).bases, [
      "python:2.7-slim",
      "me/airflow",
    ]);
    assert.deepEqual(dockerfileLines(text, { TOOLS: "t" }).bases, ["t", "fallback"]);
  });

  it("never throw, whatever the text", () => {
    const word = fc.constantFrom(
      "FROM",
      "ARG",
      "RUN",
      "COPY",
      "--from=a",
      "AS",
      "${",
      "$A",
      "\\\n",
      "\n",
      "#",
      "<<EOF",
      "=",
      '"',
      " ",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 4 }))), (words) => {
        const lines = dockerfileLines(words.join(" "), { A: "b" });
        lines.ofStep(1);
        lines.ofInstruction("RUN x");
        assert.ok(Array.isArray(lines.bases));
      }),
    );
  });

  it("knows the images that files are copied from", () => {
    const text = [
      "FROM a AS first",
      "FROM b",
      "COPY --from=first /x /x",
      "COPY --from=0 /x /x",
      "COPY --chown=1 --from=ghcr.io/tools/uv:1 /uv /bin/",
      "COPY x /x",
    ].join("\n");
    assert.deepEqual(dockerfileLines(text, {}).copied, ["ghcr.io/tools/uv:1"]);
  });
});
