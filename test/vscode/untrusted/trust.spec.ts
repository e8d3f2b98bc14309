import assert from "node:assert/strict";
import * as vscode from "vscode";
import { executing } from "../../../src/extension/commands/executing";
import { airlock, inProject, root } from "../in-host";

describe("in a workspace that is not trusted", () => {
  it("the workspace is not trusted", () => {
    assert.equal(vscode.workspace.isTrusted, false);
  });

  it("its word on where the engine listens does not count", () => {
    assert.equal(vscode.workspace.getConfiguration().get("airlock.docker.host"), "");
  });

  it("Airlock shows the environments, and asks no engine about them", async () => {
    const { environments } = await airlock();
    const nodes = await environments.getChildren();
    assert.ok(nodes.length > 0);
    for (const node of nodes) {
      if (node.kind === "parent") assert.equal(node.parent.image.state, "unknown");
      if (node.kind === "environment" && node.shown.kind === "image") {
        assert.equal(node.shown.image.state, "unknown");
      }
    }
  });

  it("refuses every command that executes something", async () => {
    await airlock();
    const task = { uri: inProject("dags/fitness.py").toString(), taskId: "hello", line: 1 };
    for (const id of executing) {
      const argument = id === "airlock.run" ? task : { root: root(), environment: "data-team" };
      assert.equal(await vscode.commands.executeCommand(id, argument), undefined, id);
    }
    assert.deepEqual(vscode.window.terminals, []);
  });
});
