import assert from "node:assert/strict";
import { chmod, mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeLabel, codeLabelOf } from "../docker/code-label";
import { type TempFolder, tempFolder } from "../project/testing/temp-folder";
import { changesSince, goneFrom, readCode } from "./code";

describe("the project's code, and what has changed of it", () => {
  const signal = new AbortController().signal;
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder({
      ".dockerignore": "**/*.log\n",
      "dags/a.py": "a",
      "dags/b.py": "b",
      "dags/sub/c.py": "c",
      "dags/__pycache__/a.pyc": "",
      "dags/x.log": "",
      "include/d.sql": "d",
      "other/e.py": "e",
    });
  });
  afterEach(() => folder.remove());

  const file = (path: string) => join(folder.path, path);
  /** As seen so many seconds from now: what has just been written counts as changed until it is not new any more. */
  const code = (seconds = 60) =>
    readCode({ root: folder.path, code: ["dags", "include"] }, signal, Date.now() + seconds * 1000);
  const paths = (entries: readonly { path: string }[]) => entries.map(({ path }) => path);

  it("is what is in the code folders and not ignored", async () => {
    assert.deepEqual(paths((await code()).entries), [
      "dags",
      "dags/a.py",
      "dags/b.py",
      "dags/sub",
      "dags/sub/c.py",
      "include",
      "include/d.sql",
    ]);
  });

  it("is as it was where nobody touched it", async () => {
    const { stamps } = await code();
    assert.deepEqual(changesSince(stamps, await code()), { changed: [], deleted: [] });
  });

  it("tells what is new, other in content or mode, and gone, what a folder held before the folder", async () => {
    const { stamps } = await code();
    await writeFile(file("dags/new.py"), "");
    await writeFile(file("dags/a.py"), "A");
    await chmod(file("dags/b.py"), 0o755);
    await rm(file("dags/sub"), { recursive: true });
    const { changed, deleted } = changesSince(stamps, await code());
    assert.deepEqual(paths(changed), ["dags/a.py", "dags/b.py", "dags/new.py"]);
    assert.deepEqual(deleted, ["dags/sub/c.py", "dags/sub"]);
  });

  it("tells what of the code in an image is no more, with the folders that held it alone", async () => {
    const files = ["dags/a.py", "dags/old.py", "include/old/deep/x.sql", "include/d.sql"];
    const parts = new Map(files.map((path) => [path, { hash: "1", kind: "code" as const }]));
    const held = codeLabelOf({ content: "c", dependencies: "d", parts })[codeLabel];
    const image = { id: "1", reference: "image", home: "/opt/airflow" };
    assert.deepEqual(goneFrom({ ...image, code: held }, await code()), [
      "/opt/airflow/include/old/deep/x.sql",
      "/opt/airflow/include/old/deep",
      "/opt/airflow/include/old",
      "/opt/airflow/dags/old.py",
    ]);
    assert.deepEqual(goneFrom(image, await code()), [], "an image that does not say what is in it");
  });

  it("tells a file that a folder has taken the place of, or the reverse", async () => {
    const { stamps } = await code();
    await rm(file("dags/a.py"));
    await mkdir(file("dags/a.py"));
    await rm(file("dags/sub"), { recursive: true });
    await writeFile(file("dags/sub"), "");
    const { changed, deleted } = changesSince(stamps, await code());
    assert.deepEqual(paths(changed), ["dags/a.py", "dags/sub"]);
    assert.deepEqual(deleted, ["dags/sub/c.py"]);
  });

  it("is not fooled by a file whose time and size are as before", async () => {
    const { stamps } = await code();
    const then = new Date("2024-01-01");
    await utimes(file("dags/a.py"), then, then);
    const before = await code();
    await writeFile(file("dags/a.py"), "z");
    await utimes(file("dags/a.py"), then, then);
    assert.deepEqual(paths(changesSince(before.stamps, await code()).changed), ["dags/a.py"]);
    assert.deepEqual(paths(changesSince(stamps, await code()).changed), ["dags/a.py"]);
  });

  it("counts what has just been written as changed, also where the clock was set back", async () => {
    for (const seconds of [0, -3600]) {
      const { stamps } = await code(seconds);
      assert.deepEqual(paths(changesSince(stamps, await code(seconds)).changed), [
        "dags/a.py",
        "dags/b.py",
        "dags/sub/c.py",
        "include/d.sql",
      ]);
    }
  });
});
