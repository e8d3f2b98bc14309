import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { eventually } from "../../docker/eventually";
import type { Namespace } from "../../kubernetes/namespace";
import { type DagResult, type Outer, type OuterOptions, startOuter, testDags } from "./outer";

/** The run of tasks that can ask nobody, under an outer Airflow that knows the password that one of them needs. */
export interface AloneRun {
  readonly password: string;
  readonly outer: Outer;
  readonly dag: DagResult;
}

export async function runAlone(setup: OuterOptions): Promise<AloneRun> {
  const password = randomBytes(12).toString("hex");
  const address = `generic://keeper:${password}@vault.example/`;
  const outer = await startOuter({ ...setup, env: { ...setup.env, AIRFLOW_CONN_VAULT: address } });
  try {
    return { password, outer, dag: await outer.test(`${testDags}/alone.py`) };
  } catch (error) {
    await outer.close();
    throw error;
  }
}

/** What was printed while a task ran, all its deferrals included. */
export function during({ log }: DagResult, id: string): string {
  const runs = log.split("[DAG TEST] starting task_id=");
  return runs.filter((text) => text.startsWith(`${id} `)).join("") || log;
}

/** Declares what holds whichever way the tasks are carried. */
export function allIsHandedOn(run: () => AloneRun): void {
  const task = (id: string) => {
    const found = run().dag.tasks[id];
    assert.ok(found, run().dag.log);
    return found;
  };
  const logOf = (id: string) => during(run().dag, id);

  it("a task has what was sent ahead, and what it returns and pushes is handed on", () => {
    const digest = createHash("sha256").update(run().password).digest("hex");
    assert.equal(task("gives").state, "success", logOf("gives"));
    const { processes, ...returned } = task("gives").xcoms["return_value"] as Record<string, unknown>;
    assert.deepEqual(returned, { number: "1", digest });
    assert.deepEqual(processes, [], "the password is in no environment and no command line");
    assert.deepEqual(task("gives").xcoms["extra"], { color: "blue" });
    assert.deepEqual(task("takes").xcoms["return_value"], ["1", { color: "blue" }]);
  });

  it("its log is handed on, with the password masked", () => {
    const { log } = run().dag;
    for (const line of ["The password is ***", "Be warned of ***"]) assert.ok(log.includes(line), log);
    assert.ok(!log.includes(run().password));
  });

  it("a failing task fails with its own error, file and line, and its traceback is in the log", () => {
    assert.equal(task("fails").state, "failed");
    assert.match(
      run().dag.log,
      /IsolatedTaskFailed: KeyError: '2024-01-01' \(\/opt\/airflow\/dags\/tests\/alone\.py:\d+\)/,
    );
    assert.match(run().dag.log, /raise KeyError\(ds\)/);
  });

  it("a task that skips itself is skipped, and what follows it", () => {
    assert.equal(task("skips").state, "skipped", logOf("skips"));
    assert.equal(task("after_skip").state, "skipped");
  });

  it("a connection that was not sent ahead is refused with the way out", () => {
    assert.equal(task("asks").state, "failed");
    const refusal =
      /IsolatedTaskFailed: The connection 'not_sent_ahead' is not there\..*Name it in the task's send_ahead/;
    assert.match(run().dag.log, refusal);
  });

  it("a template that cannot be rendered fails the task with its own error", () => {
    assert.equal(task("renders").state, "failed");
    assert.match(
      run().dag.log,
      /IsolatedTaskFailed: UndefinedError: op_args: 'str object' has no attribute 'nothing'/,
    );
  });
}

/** Waits until the cluster has taken away what it owned; a pod's own end takes half a minute with a sidecar. */
export async function nothingIsLeft({ api, name: namespace }: Namespace): Promise<void> {
  const pods = (await api.listNamespacedPod({ namespace })).items;
  for (const { metadata } of pods) assert.ok(metadata?.deletionTimestamp, `${metadata?.name} is not deleted`);
  await eventually("every secret is gone", async () => {
    return (await api.listNamespacedSecret({ namespace })).items.length === 0;
  });
}
