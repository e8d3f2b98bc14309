import assert from "node:assert/strict";
import { type TempFolder, tempFolder } from "../../project/testing/temp-folder";
import { runCommand } from "../testing/run-command";

describe("airlock xcom", () => {
  let folder: TempFolder;
  let state: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder({ Dockerfile: "FROM a\n", "dags/a.py": "" });
    state = await tempFolder({});
  });
  afterEach(async () => {
    await folder.remove();
    await state.remove();
  });

  const xcom = (...args: string[]) =>
    runCommand(["xcom", ...args], folder.path, { env: { XDG_STATE_HOME: state.path } });
  const told = async (...args: string[]) => {
    const { code, text } = await xcom(...args);
    return [code, text];
  };

  it("has none before a task has run", async () => {
    assert.match((await xcom("list")).text, /There are none/);
    assert.deepEqual(await told("list", "--json"), [0, "[]\n"]);
    const { code, text } = await xcom("get", "d", "t");
    assert.equal(code, 2);
    assert.match(text, /There is no XCom "return_value" of d\.t/);
  });

  it("sets and gets JSON, and text that is none", async () => {
    for (const [value, shown] of [
      ['{"a": [1, null]}', '{"a":[1,null]}'],
      ['{"$tuple": [1]}', '{"$tuple":[1]}'],
      ["plain text", "plain text"],
      ["007", "007"],
    ] as const) {
      assert.equal((await xcom("set", "d", "t", "own", value)).code, 0);
      assert.deepEqual(await told("get", "d", "t", "own"), [0, `${shown}\n`]);
    }
  });

  it("lists and forgets", async () => {
    await xcom("set", "d", "t", "return_value", "1", "--map-index", "2");
    await xcom("set", "d", "u", "return_value", "x".repeat(99));
    const { text } = await xcom("list", "d");
    assert.match(text, /^d {4}t\[2\] {2}return_value {2}1$/m);
    assert.match(text, /^d {4}u {5}return_value {2}x{59}…$/m);
    const [first] = JSON.parse((await xcom("list", "--json")).text);
    assert.deepEqual([first.task_id, first.map_index, first.value, first.masked], ["t", 2, 1, false]);

    assert.equal((await xcom("clear")).code, 2);
    assert.deepEqual(await told("clear", "d", "t"), [0, "Forgot 1\n"]);
    assert.deepEqual(await told("clear", "--all"), [0, "Forgot 1\n"]);
    assert.deepEqual(await told("clear", "--all"), [0, "There are none\n"]);
  });

  it("refuses an index that is none", async () => {
    assert.equal((await xcom("get", "d", "t", "k", "--map-index", "x")).code, 2);
  });
});
