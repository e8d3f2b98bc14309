import assert from "node:assert/strict";
import * as vscode from "vscode";
import { airlock, completionsAt, eventually, inProject, labelOf, root } from "../in-host";

const postgres = "airflow.providers.postgres.operators.postgres.PostgresOperator";
const task = (rest: string) =>
  `from airlock_runtime import IsolatedOperator\n\ntask = IsolatedOperator(task_id="t", ${rest}`;

describe("completion", () => {
  const scratch = inProject("dags/scratch.py");

  before(async () => {
    await airlock();
    await vscode.workspace.fs.writeFile(scratch, new Uint8Array());
    for (const environment of ["data-team", "ruby"]) {
      await vscode.commands.executeCommand("airlock.build", { root: root(), environment });
    }
  });

  after(async () => {
    await vscode.commands.executeCommand("workbench.action.files.revert");
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    await vscode.workspace.fs.delete(scratch);
  });

  /** Its labels once they hold one: what must be read from an image first comes later. */
  const labelsWith = (source: string, label: string) =>
    eventually(async () => {
      const labels = (await completionsAt(source)).map(labelOf);
      return labels.includes(label) ? labels : undefined;
    });

  it("names the environments of the project", async () => {
    const labels = (await completionsAt(task('environment="|"'))).map(labelOf);
    for (const name of ["data-team", "legacy", "py2", "ruby"])
      assert.ok(labels.includes(name), labels.join(", "));
  });

  it("names images, and the tags that the engine has of one", async () => {
    const images = (await completionsAt(task('image="|"'))).map(labelOf);
    const image = images.find((label) => label.endsWith("/airflow/data-team"));
    assert.ok(image, images.join(", "));
    const labels = await labelsWith(task(`image="${image}:|"`), "latest");
    assert.ok(labels.length > 0);
  });

  it("names the keyword arguments that the operator has in the task's own image, and not those of another", async () => {
    await labelsWith(task(`environment="data-team", operator="${postgres}", |)`), "postgres_conn_id=");
    // The ruby environment has the parent's provider, which has no such operator.
    const other = await labelsWith(
      task('environment="ruby", operator="airflow.providers.standard.operators.bash.BashOperator", |)'),
      "bash_command=",
    );
    assert.ok(!other.includes("postgres_conn_id="));
    const ruby = await completionsAt(task(`environment="ruby", operator="${postgres}", |)`));
    assert.ok(!ruby.map(labelOf).includes("postgres_conn_id="));
  });
});
