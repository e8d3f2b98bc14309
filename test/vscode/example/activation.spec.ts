import assert from "node:assert/strict";
import * as vscode from "vscode";
import { commands } from "../../../src/protocol/commands";
import { settings } from "../../../src/protocol/settings";
import { airlock, extension, inProject } from "../in-host";

describe("Airlock in the editor", () => {
  it("wakes up in an Airflow project by itself", async () => {
    await airlock();
    assert.equal(extension().isActive, true);
  });

  it("registers every command of its table, and no other", async () => {
    await airlock();
    const registered = (await vscode.commands.getCommands(true)).filter((id) => /^airlock\.\w+$/.test(id));
    assert.deepEqual(
      registered.sort(),
      Object.values(commands)
        .map(({ id }) => id)
        .sort(),
    );
  });

  it("has the defaults of its settings", () => {
    for (const [id, { default: value }] of Object.entries(settings)) {
      assert.deepEqual(vscode.workspace.getConfiguration().inspect(id)?.defaultValue, value, id);
    }
  });

  it("contributes its view to the activity bar", async () => {
    await airlock();
    await vscode.commands.executeCommand("airlock.environments.focus");
  });

  it("offers its snippets in a DAG file", async () => {
    const document = await vscode.workspace.openTextDocument(inProject("dags/fitness.py"));
    const end = document.positionAt(document.getText().length);
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      "vscode.executeCompletionItemProvider",
      document.uri,
      end,
    );
    const snippets = list.items
      .filter(({ kind }) => kind === vscode.CompletionItemKind.Snippet)
      .map(({ label }) => (typeof label === "string" ? label : label.label))
      .filter((label) => label.startsWith("airlock-"));
    for (const prefix of ["airlock-bash", "airlock-python", "airlock-sql", "airlock-dag"]) {
      assert.ok(snippets.includes(prefix), `${prefix} in ${snippets.join(", ")}`);
    }
  });
});
