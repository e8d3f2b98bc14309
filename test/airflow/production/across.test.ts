import assert from "node:assert/strict";
import { byDocker } from "./carriers";
import { type DagResult, type Outer, startOuter, testDags } from "./outer";
import { type Published, publishExample } from "./published";

for (const [outside, inside] of [
  [3, 2],
  [2, 3],
] as const) {
  describe(`a task of Airflow ${inside} under an Airflow ${outside}`, () => {
    let published: Published;
    let outer: Outer;
    let dag: DagResult;

    before(async () => {
      published = await publishExample({
        airflow: outside,
        variant: "across",
        bases: { "data-team": `airlock-test/airflow:${inside}` },
      });
      const { env, ...setup } = byDocker(published);
      outer = await startOuter({ ...setup, env: { ...env, AIRFLOW_VAR_COLOR: "blue" } });
      dag = await outer.test(`${testDags}/across.py`);
    });

    after(async () => {
      await outer?.close();
      await published?.remove();
    });

    it("runs in the other generation", () => {
      assert.match(String(dag.tasks["outer"]?.xcoms["version"]), new RegExp(`^${outside}\\.`));
      assert.match(String(dag.tasks["inner"]?.xcoms["version"]), new RegExp(`^${inside}\\.`), dag.log);
    });

    it("gets XComs and params, and what it gives comes back as it was", () => {
      assert.equal(dag.tasks["inner"]?.state, "success", dag.log);
      assert.equal(dag.tasks["inner"]?.xcoms["param"], "green");
      assert.equal(dag.tasks["check"]?.state, "success", dag.log);
    });

    it("renders templates, and has connections and variables", () => {
      assert.deepEqual(dag.tasks["query"]?.xcoms["return_value"], [["2024-01-01", 1, "blue"]], dag.log);
    });

    it("sees the context of its own generation", () => {
      const names = inside === 2 ? ["ds", "execution_date", "tomorrow_ds"] : ["ds"];
      assert.deepEqual(dag.tasks["names"]?.xcoms["return_value"], names, dag.log);
    });

    it("is mapped", () => {
      const doubled = [0, 1].map((index) => dag.tasks[`doubled[${index}]`]?.xcoms["return_value"]);
      assert.deepEqual(doubled, [2, 4], dag.log);
    });

    it("fails with its own error, file and line", () => {
      assert.equal(dag.tasks["fails"]?.state, "failed");
      assert.match(dag.log, /KeyError: '2024-01-01' \(\/opt\/airflow\/dags\/tests\/across\.py:\d+\)/);
    });
  });
}
