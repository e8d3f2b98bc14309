import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { airlock, eventually, extension, inProject, root } from "../in-host";

interface Spare {
  readonly id: string;
  readonly purpose: string;
  readonly project: string;
}

describe("after a run", () => {
  before(() => airlock());

  async function waiting(): Promise<Spare[]> {
    const host = vscode.workspace.getConfiguration().get<string>("airlock.docker.host");
    const cli = join(extension().extensionPath, "dist/cli.js");
    const { stdout } = await promisify(execFile)(process.execPath, [cli, "spares", "list", "--json"], {
      env: { ...process.env, DOCKER_HOST: host },
      cwd: root(),
    });
    return (JSON.parse(stdout) as Spare[]).filter(({ project }) => project === root());
  }

  /** Until one waits for a task and one for DAG files. */
  const ready = () =>
    eventually(async () => {
      const ids = new Map((await waiting()).map(({ id, purpose }) => [purpose, id]));
      return ids.size === 2 ? ids : undefined;
    });

  const run = () =>
    vscode.commands.executeCommand<string>("airlock.run", {
      uri: inProject("dags/fitness.py").toString(),
      taskId: "hello",
      line: 1,
    });

  it("runners stand ready for the next, which takes them", async () => {
    assert.match(await run(), /^✔ success/);
    const first = await ready();
    assert.match(await run(), /^✔ success/);
    const second = await ready();
    assert.equal(second.get("resolve"), first.get("resolve"));
    assert.notEqual(second.get("execute"), first.get("execute"));
  });
});
