import assert from "node:assert/strict";
import { readDagFile } from "../dag/dag-file";
import { taskLenses } from "./lenses";

describe("lenses", () => {
  it("stand where the calls of tasks with a name begin", () => {
    const file = readDagFile(
      'from airlock_runtime import IsolatedOperator\nif True:\n    a = IsolatedOperator(\n        task_id="a")\nIsolatedOperator(task_id=f())\n',
    );
    const at = { line: 2, character: 8 };
    assert.deepEqual(taskLenses(file), [{ taskId: "a", line: 3, range: { start: at, end: at } }]);
  });

  it("stand above @task.isolated", () => {
    const file = readDagFile("from airflow.sdk import task\n\n@task.isolated\ndef a(): ...\n");
    const at = { line: 2, character: 0 };
    assert.deepEqual(taskLenses(file), [{ taskId: "a", line: 3, range: { start: at, end: at } }]);
  });
});
