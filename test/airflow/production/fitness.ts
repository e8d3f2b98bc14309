import assert from "node:assert/strict";
import type { DagResult, Outer } from "./outer";

/** The example's DAG, run in real Airflow. */
export interface FitnessRun {
  readonly outer: Outer;
  readonly dag: DagResult;
}

export async function runFitness(outer: Outer): Promise<FitnessRun> {
  return { outer, dag: await outer.test("/opt/airflow/dags/fitness.py") };
}

type Run = () => FitnessRun;

/** Declares the six tests over one run, the same whatever carries the tasks. */
export function theSix(run: Run): void {
  withoutSystemPackages(run);

  it("3. Ruby runs where only its image has it", () => {
    assert.match(String(returned(run, "version")), /^ruby \d in version$/);
  });

  it("5. the same function gives the same to Python 2.7", () => {
    const { python, ...rest } = returned(run, "words_in_python2") as Record<string, unknown>;
    assert.match(String(python), /^2\.7\./);
    assert.deepEqual(rest, {
      day: "2024-01-01",
      task: "fitness.words_in_python2",
      most_common: [["the", 2]],
    });
    assert.match(run().dag.log, /Counting the words of 2024-01-01 in words_in_python2/);
  });

  it("6. an ordinary task pulls what both gave", () => {
    const { pythons, most_common } = returned(run, "compare") as Record<string, unknown>;
    assert.deepEqual(most_common, [["the", 2]]);
    assert.match(String(pythons), /^3\.\d+\.\d+,2\.7\.\d+/);
  });
}

/** Declares those that need nothing but Python packages. */
export function withoutSystemPackages(run: Run): void {
  const rendered = (id: string) => task(run, id).rendered["rendered"] as Record<string, unknown>;

  it("1. a SQL operator has the connection and its template rendered, from the DAG and from a file", () => {
    for (const id of ["select", "select_file"]) {
      assert.deepEqual(returned(run, id), [[1, "fitness"]]);
      assert.equal(String(rendered(id)["sql"]).trim(), "SELECT 1, 'fitness'");
    }
  });

  it("2. an older operator does the same, in the version of its environment", () => {
    assert.deepEqual(returned(run, "query"), [[1, "fitness", "5.14.0"]]);
    assert.deepEqual(returned(run, "query_file"), [[1, "fitness"]]);
    assert.equal(rendered("query")["sql"], "SELECT 1, 'fitness', '5.14.0'");
    assert.match(run().dag.log, /Executing: SELECT 1, 'fitness', '5\.14\.0'/);
  });

  it("2. one that is older still inserts a row, on a base of its own", async () => {
    assert.equal(returned(run, "insert"), undefined, "which is what it returns everywhere");
    const rows = await run().outer.rows("SELECT dag_id, run_id, provider FROM runs");
    assert.deepEqual(rows, [["fitness", run().dag.runId, "3.0.0"]]);
  });

  it("4. a function beside the DAG imports from include/, sees the context and returns", () => {
    const { python, ...rest } = returned(run, "words") as Record<string, unknown>;
    assert.match(String(python), /^3\./);
    assert.deepEqual(rest, { day: "2024-01-01", task: "fitness.words", most_common: [["the", 2]] });
    assert.match(run().dag.log, /Counting the words of 2024-01-01 in words\b/);
  });

  it("nothing that Airflow calls deprecated is Airlock's own", () => {
    assert.doesNotMatch(run().dag.log, /Deprecat.*airlock_runtime|airlock_runtime.*Deprecat/);
  });

  it("the password of the connection is in no log, no rendered field and no XCom", async () => {
    const { outer, dag } = run();
    assert.ok(!JSON.stringify(dag).includes(outer.password));
    const { code } = await outer.execute(["grep", "-q", outer.password, "/opt/airflow/airflow.db"]);
    assert.equal(code, 1, "nor anywhere else in Airflow's database");
  });
}

function task(run: Run, id: string) {
  const found = run().dag.tasks[id];
  assert.ok(found, `${id}\n${run().dag.log}`);
  return found;
}

function returned(run: Run, id: string): unknown {
  assert.equal(task(run, id).state, "success", `${id}\n${run().dag.log}`);
  return task(run, id).xcoms["return_value"];
}
