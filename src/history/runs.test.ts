import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunHistory, usualLimits } from "./runs";

describe("the history of runs", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "airlock-runs-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
  const history = (limits = {}) => new RunHistory(folder, { ...usualLimits, ...limits });
  async function run(kept: RunHistory, taskId: string, minute: number): Promise<void> {
    const recorder = await kept.begin("/dags/a.py", taskId, at(minute));
    recorder.add({ event: "log", message: taskId });
    assert.equal(await recorder.end("success", 12.3), undefined);
  }

  it("has the newest first, with how they ended and what they told", async () => {
    await run(history(), "first", 1);
    await run(history(), "second", 2);
    const [second, first, ...others] = await history().list();
    assert.ok(first && second && others.length === 0);
    assert.deepEqual(
      [first.taskId, first.dagFile, first.state, first.milliseconds],
      ["first", "/dags/a.py", "success", 12],
    );
    assert.deepEqual(first.started, at(1));
    assert.deepEqual(
      (await history().events(second.id)).map(({ event }) => event),
      ["run", "log", "end"],
    );
  });

  it("has runs that never ended", async () => {
    const recorder = await history().begin("/dags/a.py", "killed");
    assert.deepEqual((await history().list())[0]?.state, undefined);
    await recorder.end("cancelled", 1);
    assert.deepEqual((await history().list())[0]?.state, "cancelled");
  });

  it("is for its owner alone", async () => {
    await run(history(), "t", 1);
    const [file] = await readdir(join(folder, "runs"));
    assert.equal((await stat(join(folder, "runs", file ?? ""))).mode & 0o777, 0o600);
  });

  it("forgets the oldest over a number, an age and a size", async () => {
    for (const minute of [1, 2, 3, 4]) await run(history({ runs: 3 }), `t${minute}`, minute);
    assert.deepEqual(
      (await history().list()).map(({ taskId }) => taskId),
      ["t4", "t3", "t2"],
    );

    const [newest] = await history().list();
    const old = new Date(Date.now() - 40 * 86_400_000);
    await utimes(join(folder, "runs", `${newest?.id}.jsonl`), old, old);
    await run(history(), "t5", 5);
    // Pruned as of 2026: what was written just now is not old then.
    const recorder = await history().begin("/dags/a.py", "t6", new Date());
    await recorder.end("success", 1);
    assert.ok(!(await history().list()).some(({ taskId }) => taskId === "t4"));

    const small = await history({ bytes: 1 }).begin("/dags/a.py", "t7", new Date());
    await small.end("success", 1);
    assert.deepEqual(
      (await history().list()).map(({ taskId }) => taskId),
      ["t7"],
    );
  });

  it("keeps the beginning of a run that tells too much, and how it ended", async () => {
    const recorder = await history({ bytesOfRun: 1000 }).begin("/dags/a.py", "loud");
    for (let count = 0; count < 100; count++) recorder.add({ event: "log", message: "x".repeat(50) });
    await recorder.end("failed", 1);
    const [run] = await history().list();
    assert.equal(run?.state, "failed");
    const events = await history().events(run?.id ?? "");
    assert.deepEqual(
      events.slice(-2).map(({ event }) => event),
      ["cut_off", "end"],
    );
    assert.ok(events.length < 20);
  });

  it("goes over what is broken", async () => {
    await run(history(), "t", 1);
    await writeFile(join(folder, "runs", "2027-01-01.jsonl"), "{\n");
    assert.deepEqual(
      (await history().list()).map(({ taskId }) => taskId),
      ["t"],
    );
  });
});
