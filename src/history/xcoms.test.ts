import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileName } from "./state-folder";
import { XComStore } from "./xcoms";

describe("the XComs that runs left", () => {
  let folder: string;
  let store: XComStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "airlock-xcoms-"));
    store = new XComStore(join(folder, "state"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const pushed = (values: Record<string, number>) =>
    new Map(Object.entries(values).map(([key, value]) => [key, { value }]));
  const shown = async (filter = {}) =>
    (await store.list(filter)).map(
      ({ dag_id, task_id, map_index, key, value }) => `${dag_id}.${task_id}[${map_index}].${key}=${value}`,
    );

  it("are those of a task's last run", async () => {
    await store.replace("d", "a", -1, pushed({ return_value: 1, other: 2 }));
    await store.replace("d", "b", -1, pushed({ return_value: 3 }));
    await store.replace("d", "a", -1, pushed({ return_value: 4 }));
    assert.deepEqual(await shown(), ["d.a[-1].return_value=4", "d.b[-1].return_value=3"]);
    assert.deepEqual(await shown({ dagId: "d", taskId: "b" }), ["d.b[-1].return_value=3"]);
    assert.deepEqual(await shown({ key: "other" }), []);
  });

  it("are kept of each instance of a mapped task, and none of when it was not mapped", async () => {
    await store.replace("d", "a", -1, pushed({ return_value: 0 }));
    for (const index of [10, 2]) await store.replace("d", "a", index, pushed({ return_value: index }));
    assert.deepEqual(await shown(), ["d.a[2].return_value=2", "d.a[10].return_value=10"]);
    await store.replace("d", "a", -1, pushed({ return_value: 0 }));
    assert.deepEqual(await shown(), ["d.a[-1].return_value=0"]);
  });

  it("can be set and forgotten by hand", async () => {
    await store.replace("d", "a", -1, pushed({ return_value: 1 }));
    await store.set("d", "a", "own", "text");
    await store.set("e", "b", "own", [null]);
    assert.deepEqual((await store.clear({ dagId: "d", taskId: "a", key: "own" })).length, 1);
    assert.deepEqual(await shown(), ["d.a[-1].return_value=1", "e.b[-1].own="]);
    assert.equal((await store.clear({ dagId: "none" })).length, 0);
    assert.equal((await store.clear()).length, 2);
    assert.deepEqual(await shown(), []);
  });

  it("are of whatever task, and nobody else can read them", async () => {
    const odd = ["..", "a/b", ".hidden", "ü %2E", "CON"];
    for (const name of odd) await store.set(name, name, "k", name);
    assert.deepEqual((await store.list()).map(({ dag_id }) => dag_id).sort(), [...odd].sort());
    assert.deepEqual(await readdir(folder), ["state"]);
    assert.equal((await stat(join(folder, "state"))).mode & 0o777, 0o700);
    const file = join(folder, "state", "xcoms", fileName("a/b"), fileName("a/b"), "-1.json");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it("that are broken count as not there", async () => {
    await store.set("d", "a", "k", 1);
    await writeFile(join(folder, "state/xcoms/d/a/-1.json"), "{");
    assert.deepEqual(await shown(), []);
    await store.set("d", "a", "k", 2);
    assert.deepEqual(await shown(), ["d.a[-1].k=2"]);
  });

  it("of many runs side by side do not disturb each other", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `t${index}`);
    await Promise.all(names.map((name, index) => store.replace("d", name, -1, pushed({ k: index }))));
    assert.equal((await store.list({ dagId: "d" })).length, 20);
  });
});
