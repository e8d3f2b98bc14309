import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { type TempFolder, tempFolder } from "../../project/testing/temp-folder";
import { runCommand } from "../testing/run-command";

const task = (id: string, rest = "") =>
  `from airlock_runtime import IsolatedOperator\nIsolatedOperator(task_id="${id}", operator="a.b.C"${rest})\n`;

describe("airlock tasks", () => {
  let folder: TempFolder;
  before(async () => {
    folder = await tempFolder({
      "shop/Dockerfile": "FROM a\n",
      "shop/dags/one.py": task("one", ', environment="data-team"'),
      "shop/dags/sub/two.py": task("two", ', image="x:1"'),
      "shop/dags/broken.py": `${task("half")}IsolatedOperator(task_id=f"{x}", environment="`,
      "shop/dags/none.py": "def f(:\n",
      "shop/dags/.venv/site.py": task("hidden"),
      "shop/include/other.py": task("elsewhere"),
      "shop/dags/folder.py/x.txt": "",
    });
    await symlink(folder.path, join(folder.path, "shop/dags/loop"));
  });
  after(() => folder.remove());

  const tasks = (...args: string[]) => runCommand(["tasks", ...args], folder.path);

  it("prints the tasks of the projects' dags folders as JSON", async () => {
    const { code, out } = await tasks("--json");
    assert.equal(code, 0);
    const found: Record<string, unknown>[] = JSON.parse(out);
    assert.deepEqual(
      found.map((one) => one["task_id"]),
      ["half", null, "one", "two"],
    );
    assert.deepEqual(found[2], {
      file: join(folder.path, "shop/dags/one.py"),
      line: 2,
      task_id: "one",
      environment: "data-team",
      image: null,
      operator: "a.b.C",
      problems: [],
    });
    assert.deepEqual(found[1]?.["problems"], ["task_id is computed: only running the file tells it"]);
  });

  it("prints a table for people", async () => {
    const { code, out } = await tasks("shop/dags/sub", "shop/include/other.py");
    assert.equal(code, 0);
    assert.match(out, /two +x:1 +C +shop\/dags\/sub\/two\.py:2/);
    assert.match(out, /elsewhere/);
  });

  it("says that there are none", async () => {
    const none = await tasks("shop/dags/none.py");
    assert.deepEqual([none.code, none.out, none.err], [0, "no isolated tasks\n", ""]);
    const json = await tasks("shop/dags/none.py", "--json");
    assert.deepEqual([json.code, json.out, json.err], [0, "[]\n", ""]);
  });

  it("refuses a path that is not there", async () => {
    const { code, err } = await tasks("shop/dags/nowhere.py");
    assert.equal(code, 2);
    assert.match(err, /There is no shop\/dags\/nowhere\.py/);
  });
});
