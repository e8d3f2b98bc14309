import assert from "node:assert/strict";
import { access, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VenvWaiting } from "./venv-waiting";

/** test/engines has those that run; here nothing listens. */
describe("runners of virtualenvs that wait", () => {
  let folder: string;
  let waiting: VenvWaiting;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "airlock-waiting-"));
    waiting = new VenvWaiting(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function noted(
    id: string,
    more: { key?: string; project?: string; pid?: number } = {},
  ): Promise<void> {
    await mkdir(waiting.folderOf(id));
    const spare = { key: "k", project: "/p", environment: "virtualenv team", purpose: "execute" as const };
    await waiting.note({ id, ...spare, pid: process.pid, ...more });
  }
  const ids = async (only = {}) => (await waiting.list(only)).map(({ id }) => id);
  const isThere = (id: string) =>
    access(waiting.folderOf(id)).then(
      () => true,
      () => false,
    );

  it("are one's own until they are given, and again when they are taken, by one alone", async () => {
    await noted("a");
    assert.deepEqual(await ids(), []);
    assert.equal(await waiting.giveBack("a"), true);
    assert.deepEqual(await ids(), ["a"]);
    assert.deepEqual((await Promise.all([waiting.take("a"), waiting.take("a")])).sort(), [false, true]);
    assert.deepEqual(await ids(), []);
  });

  it("are found by project and key", async () => {
    for (const [id, more] of [
      ["a", {}],
      ["b", { key: "other" }],
      ["c", { project: "/other" }],
    ] as const) {
      await noted(id, more);
      await waiting.giveBack(id);
    }
    assert.deepEqual(await ids(), ["a", "b", "c"]);
    assert.deepEqual(await ids({ key: "k", project: "/p" }), ["a"]);
  });

  it("are gone where there is nobody", async () => {
    assert.deepEqual([await waiting.take("x"), await waiting.giveBack("x")], [false, false]);
    await noted("a");
    const { signal } = new AbortController();
    await assert.rejects(waiting.attach("a", signal), { code: "engine-failed" });
    await waiting.remove("a");
    assert.equal(await isThere("a"), false);
  });

  it("leave nothing when they were killed, and are let be while they start", async () => {
    // The largest number that a process may have on Linux is 2^22.
    await noted("killed", { pid: 2 ** 22 + 1 });
    await noted("alive");
    await mkdir(waiting.folderOf("starting"));
    await waiting.sweep();
    assert.deepEqual(await Promise.all(["killed", "alive", "starting"].map(isThere)), [false, true, true]);
    await waiting.sweep(Date.now() + 120_000);
    assert.deepEqual(await Promise.all(["alive", "starting"].map(isThere)), [true, false]);
  });
});
