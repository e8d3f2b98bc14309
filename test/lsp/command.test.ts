import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { LspClient, repository, uriOf } from "./client";
import { type ProjectFolder, projectFolder } from "./project-folder";

describe("airlock lsp", () => {
  let project: ProjectFolder;
  beforeEach(async () => {
    project = await projectFolder(["data-team"]);
  });
  afterEach(() => project.remove());

  const ways = {
    "from its bundle": ["dist/cli.js", "lsp"],
    "from source": ["--import", "tsx", "src/cli/main.ts", "lsp"],
  };
  for (const [what, command] of Object.entries(ways)) {
    it(`serves an editor over standard input and output, ${what}`, async () => {
      const client = await LspClient.start({
        folders: [project.root],
        env: { DOCKER_HOST: "unix:///nowhere/docker.sock", XDG_CACHE_HOME: project.cache },
        command,
      });
      assert.equal(client.server.serverInfo?.name, "airlock");
      const source = 'from airlock_runtime import IsolatedOperator\nIsolatedOperator(environment="|';
      assert.deepEqual(await client.labels(uriOf(project.dagFile), source), ["data-team"]);
      assert.equal(await client.stop(), 0);
    });
  }

  it("ends with the editor that started it", async () => {
    const client = await LspClient.start({
      folders: [project.root],
      env: { XDG_CACHE_HOME: project.cache },
      command: [join(repository, "dist/cli.js"), "lsp"],
    });
    const exited = once(client.process, "exit");
    client.connection.dispose();
    client.process.stdin?.end();
    await exited;
  });
});
