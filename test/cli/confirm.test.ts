import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type TempFolder, tempFolder } from "../../src/project/testing/temp-folder";
import { airlock } from "../support/airlock";
import { onTerminal } from "../support/terminal";

describe("what is lost for ever is asked for", () => {
  let folder: TempFolder;
  before(async () => {
    folder = await tempFolder({
      Dockerfile: "FROM base\n",
      "dags/a.py": "",
      "environments/old/Dockerfile": "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n",
    });
  });
  after(() => folder.remove());

  const remove = (keys: string) =>
    onTerminal(["env", "remove", "old"], { cwd: folder.path, type: [{ at: /\[y\/N\] /, keys }] });
  const isThere = () => existsSync(join(folder.path, "environments/old"));

  it("and kept where the answer is another than yes", async () => {
    for (const keys of ["\r", "n\r"]) {
      const { shown } = await remove(keys);
      assert.ok(isThere(), shown);
    }
  });

  it("and kept at Ctrl-C and at Ctrl-D, with the exit code of what is cancelled", async () => {
    for (const keys of ["\u0003", "\u0004"]) {
      const { code, shown } = await remove(keys);
      assert.equal(code, 130, shown);
      assert.doesNotMatch(shown, /AbortError/);
      assert.ok(isThere());
    }
  });

  it("and is a usage error where there is no terminal to ask on", async () => {
    const { code, stderr } = await airlock(["env", "remove", "old"], { cwd: folder.path });
    assert.deepEqual([code, isThere()], [2, true]);
    assert.match(stderr, /--yes/);
  });

  it("and is gone at yes", async () => {
    const { code, shown } = await remove("y\r");
    assert.equal(code, 0, shown);
    assert.ok(!isThere());
  });
});
