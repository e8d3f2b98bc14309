import assert from "node:assert/strict";
import { codeLabel, codeLabelOf, codePaths } from "./code-label";
import type { Fingerprint, Part } from "./fingerprint";

function made(kinds: Readonly<Record<string, Part["kind"]>>): Fingerprint {
  const parts = Object.entries(kinds).map(([name, kind]): [string, Part] => [name, { hash: "1", kind }]);
  return { content: "c", dependencies: "d", parts: new Map(parts) };
}

const read = (fingerprint: Fingerprint) => codePaths(codeLabelOf(fingerprint)[codeLabel] ?? "none");

describe("the label that says what code is in an image", () => {
  it("names the files of the code, and nothing else", () => {
    const files = { Dockerfile: "file", "dags/a.py": "code", "include/ü ñ.sql": "code" } as const;
    assert.deepEqual(read(made({ ...files, "the platform": "setting" })), ["dags/a.py", "include/ü ñ.sql"]);
  });

  it("is there where there is no code, too: what the image stands on may have one of its own", () => {
    assert.deepEqual(codeLabelOf(made({ Dockerfile: "file" })), { [codeLabel]: "" });
    assert.deepEqual(codePaths(""), []);
  });

  it("is small, and says nothing where it would be too large", () => {
    const files = (count: number) =>
      made(Object.fromEntries(Array.from({ length: count }, (_, at) => [`dags/team/dag_${at}.py`, "code"])));
    assert.equal(read(files(10_000)).length, 10_000);
    assert.ok((codeLabelOf(files(10_000))[codeLabel] ?? "").length < 64 * 1024);
    assert.deepEqual(read(files(200_000)), []);
  });

  it("is none where somebody else has written it", () => {
    assert.deepEqual(codePaths("x"), []);
  });
});
