import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { EnvironmentNode } from "../../../src/extension/environment-nodes";
import type { EnvironmentsTree } from "../../../src/extension/environments-tree";
import { airlock, eventually, inProject } from "../in-host";

describe("the Environments view", () => {
  let tree: EnvironmentsTree;

  before(async () => {
    tree = (await airlock()).environments;
  });

  const labels = async (node?: EnvironmentNode) =>
    (await tree.getChildren(node)).map((child) => tree.getTreeItem(child).label);

  const environment = async (name: string) => {
    const found = (await tree.getChildren()).find(
      (node) => node.kind === "environment" && node.environment === name,
    );
    assert.ok(found, name);
    return found;
  };

  it("shows the parent image and the environments", async () => {
    assert.deepEqual(await labels(), ["parent image", "data-team", "legacy", "py2", "ruby"]);
  });

  it("shows an environment's requirements with their versions, its packages and its files", async () => {
    const dataTeam = await tree.getChildren(await environment("data-team"));
    const items = dataTeam.map((node) => tree.getTreeItem(node));
    assert.deepEqual(
      items.map(({ label, description }) => `${label} ${description}`),
      [
        "apache-airflow-providers-postgres ==5.14.0",
        "Dockerfile environments/data-team",
        "requirements.txt environments/data-team",
      ],
    );
    assert.ok((await labels(await environment("ruby"))).includes("ruby"));
  });

  it("says all of it to a screen reader, and where the image's name is from in the tooltip", async () => {
    const item = tree.getTreeItem(await environment("data-team"));
    assert.match(
      item.accessibilityInformation?.label ?? "",
      /^data-team, environment, image .*\/airflow\/data-team/,
    );
    assert.ok(item.tooltip instanceof vscode.MarkdownString);
    assert.match(item.tooltip.value, /Its name is from/);
  });

  it("opens the line of a requirement", async () => {
    const [requirement] = await tree.getChildren(await environment("data-team"));
    assert.ok(requirement);
    const { command } = tree.getTreeItem(requirement);
    assert.ok(command);
    await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.document.uri.path, inProject("environments/data-team/requirements.txt").path);
    assert.match(editor?.document.lineAt(editor.selection.active).text ?? "", /providers-postgres==5\.14\.0/);
  });

  it("opens a Dockerfile by the command of its item", async () => {
    await vscode.commands.executeCommand("airlock.openDockerfile", await environment("py2"));
    const opened = vscode.window.activeTextEditor?.document.uri.path;
    assert.equal(opened, inProject("environments/py2/Dockerfile").path);
  });

  it("follows an environment that comes, is renamed, has a problem and goes", async () => {
    const file = (name: string) => inProject(`environments/${name}/Dockerfile`);
    const shows = (name: string) =>
      eventually(async () => ((await labels()).includes(name) ? await environment(name) : undefined));
    const write = (text: string) =>
      vscode.workspace.fs.writeFile(file("new-team"), new TextEncoder().encode(text));

    await write("FROM python:3.11-slim\n");
    await shows("new-team");
    await vscode.workspace.fs.rename(
      inProject("environments/new-team"),
      inProject("environments/other-team"),
    );
    await shows("other-team");
    assert.ok(!(await labels()).includes("new-team"));

    const broken = new TextEncoder().encode("FORM python\n");
    await vscode.workspace.fs.writeFile(file("other-team"), broken);
    await eventually(async () => {
      const icon = tree.getTreeItem(await environment("other-team")).iconPath;
      return icon instanceof vscode.ThemeIcon && ["error", "warning"].includes(icon.id) ? icon : undefined;
    });
    await vscode.workspace.fs.delete(inProject("environments/other-team"), { recursive: true });
    await eventually(async () => ((await labels()).includes("other-team") ? undefined : true));
  });
});
