import assert from "node:assert/strict";
import * as vscode from "vscode";
import { airlock, eventually, inProject, root } from "../in-host";

const build = (environment: string) =>
  vscode.commands.executeCommand<boolean>("airlock.build", { root: root(), environment });

describe("building and pushing", () => {
  before(airlock);

  it("builds an environment and what it stands on", async () => {
    assert.equal(await build("data-team"), true);
    const { environments } = await airlock();
    await eventually(async () => {
      const [parent, dataTeam] = await environments.getChildren();
      const state = parent?.kind === "parent" && parent.parent.image.state;
      const child =
        dataTeam?.kind === "environment" && dataTeam.shown.kind === "image" && dataTeam.shown.image.state;
      return state === "built" && child === "built" ? true : undefined;
    });
  });

  it("marks the line at which a build fails until it is built again", async () => {
    const folder = inProject("environments/failing");
    const dockerfile = vscode.Uri.joinPath(folder, "Dockerfile");
    const write = (command: string) =>
      vscode.workspace.fs.writeFile(
        dockerfile,
        new TextEncoder().encode(`ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\n\nRUN ${command}\n`),
      );
    const marks = () =>
      vscode.languages.getDiagnostics(dockerfile).filter(({ source }) => source === "airlock build");
    try {
      await write("echo it breaks here && exit 7");
      assert.equal(await build("failing"), false);
      const [mark] = marks();
      assert.equal(mark?.range.start.line, 3);
      assert.equal(mark?.severity, vscode.DiagnosticSeverity.Error);
      await write("true");
      assert.equal(await build("failing"), true);
      assert.deepEqual(marks(), []);
    } finally {
      await vscode.workspace.fs.delete(folder, { recursive: true });
    }
  });

  it("says that an environment is not there any more", async () => {
    assert.equal(await build("gone"), undefined);
  });

  it("pushes to the registry of the setting", async () => {
    await build("data-team");
    const pushed = await vscode.commands.executeCommand<boolean>("airlock.push", {
      root: root(),
      environment: "data-team",
    });
    assert.equal(pushed, true);
  });
});
