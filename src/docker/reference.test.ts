import assert from "node:assert/strict";
import fc from "fast-check";
import { familiarName, formatReference, inRegistry, isLoopback, parseReference } from "./reference";

const digest = `sha256:${"ab".repeat(32)}`;

describe("a reference", () => {
  const full: [text: string, full: string][] = [
    ["python", "docker.io/library/python:latest"],
    ["python:3.11-slim", "docker.io/library/python:3.11-slim"],
    ["apache/airflow:3.1.0", "docker.io/apache/airflow:3.1.0"],
    ["docker.io/python", "docker.io/library/python:latest"],
    ["index.docker.io/library/python", "docker.io/library/python:latest"],
    ["localhost/team/a", "localhost/team/a:latest"],
    ["localhost:5000/a", "localhost:5000/a:latest"],
    ["127.0.0.1:5000/team/airflow/data-team:1", "127.0.0.1:5000/team/airflow/data-team:1"],
    ["[::1]:5000/a:1", "[::1]:5000/a:1"],
    ["ghcr.io/o/a__b--c.d", "ghcr.io/o/a__b--c.d:latest"],
    [`ghcr.io/o/a@${digest}`, `ghcr.io/o/a@${digest}`],
    [`ghcr.io/o/a:1@${digest}`, `ghcr.io/o/a:1@${digest}`],
  ];
  for (const [text, expected] of full) {
    it(`${text} is ${expected}`, () => assert.equal(formatReference(parseReference(text)), expected));
  }

  for (const text of [
    "",
    ":1",
    "Team/a",
    "a/B",
    "a//b",
    "a/",
    "a b",
    "a:",
    "a:b c",
    "a@sha256:12",
    "x_/a",
    "http://h/a",
  ]) {
    it(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => parseReference(text), { code: "bad-reference" });
    });
  }

  it("says which part is wrong", () => {
    assert.throws(() => parseReference("ghcr.io/Team/a"), { message: /"Team" has capital letters/ });
  });

  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const registry = fc.oneof(
    fc.constant("docker.io"),
    fc.constant("localhost"),
    fc.tuple(word, word).map(([a, b]) => `${a}.${b}`),
    fc.tuple(word, fc.nat(65535)).map(([a, port]) => `${a}:${port}`),
  );
  const repository = fc.array(word, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("/"));

  it("reads back what it writes", () => {
    fc.assert(
      fc.property(
        registry,
        repository,
        fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined }),
        fc.option(fc.constant(digest), { nil: undefined }),
        (registry, repository, tag, digest) => {
          const reference = {
            registry,
            repository,
            tag: tag ?? (digest === undefined ? "latest" : undefined),
            digest,
          };
          assert.deepEqual(parseReference(formatReference(reference)), reference);
        },
      ),
    );
  });

  it("is parsed, or refused with a clear error, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          assert.equal(formatReference(parseReference(text)).includes(" "), false);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "bad-reference");
        }
      }),
    );
  });

  it("is shown as the engine lists it", () => {
    assert.equal(familiarName(parseReference("docker.io/library/python:3")), "python");
    assert.equal(familiarName(parseReference("apache/airflow")), "apache/airflow");
    assert.equal(familiarName(parseReference("localhost:5000/a:2")), "localhost:5000/a");
  });

  it("moves to another registry with its repository and tag", () => {
    assert.equal(
      inRegistry("fitness/airflow/ruby", "localhost:5000/team/"),
      "localhost:5000/team/fitness/airflow/ruby:latest",
    );
    assert.equal(inRegistry("ghcr.io/o/a:2", "localhost:5000"), "localhost:5000/o/a:2");
    assert.equal(inRegistry("python", "localhost:5000"), "localhost:5000/python:latest");
    assert.throws(() => inRegistry("a/b", "http://localhost:5000"), { code: "bad-reference" });
  });

  it("is on this machine only where its registry is a loopback address", () => {
    for (const registry of ["localhost", "localhost:5000", "127.0.0.1:5000", "127.1.2.3", "[::1]:5000"]) {
      assert.equal(isLoopback(registry), true, registry);
    }
    for (const registry of ["docker.io", "127.example.com", "localhost.example.com:5000", "10.0.0.1:5000"]) {
      assert.equal(isLoopback(registry), false, registry);
    }
  });
});
