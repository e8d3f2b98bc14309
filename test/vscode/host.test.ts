import assert from "node:assert/strict";
import { bedEnv } from "../bed/env";
import { runInExtensionHost } from "../bed/extension-host";
import { airlock, stateHome } from "../support/airlock";
import { airlockContainers, removeImages } from "../support/engine";
import { copyExample, type ExampleCopy } from "../support/example";
import { bundleSuite, repository, type SuiteName } from "./bundle";
import { bedSettings, writeSettings } from "./workspace-settings";

describe("the extension in a real VS Code", () => {
  const bed = bedEnv();
  const env = { ...process.env, DOCKER_HOST: bed.dockerHost, AIRLOCK_SPARES: "0" };
  let example: ExampleCopy;

  before(async () => {
    example = await copyExample({ airflow: 3, image: "airlock-test-vscode/airflow" });
    await writeSettings(example.root, bedSettings(bed));
  });

  after(async () => {
    await removeImages(example.image, env);
    await example.remove();
  });

  /** Runs a suite inside the extension host. @returns what mocha printed, which must say that all passed. */
  async function run(
    suite: SuiteName,
    settings: Record<string, unknown>,
    more: NodeJS.ProcessEnv = {},
  ): Promise<string> {
    const { code, output, log } = await runInExtensionHost(bed.vscode, {
      folder: example.root,
      extension: repository,
      testsEntry: await bundleSuite(suite),
      settings,
      env: more,
      onOutput: (line) => process.stdout.write(`      | ${line}\n`),
    });
    assert.equal(code, 0, `${output}\n${log}`);
    assert.match(output, /^ {2}\d+ passing/m);
    assert.doesNotMatch(output, /\d+ (failing|pending)/);
    return output;
  }

  it("passes the suite in the example project, and leaves no container", async () => {
    await run("example", {});
    assert.deepEqual(await airlockContainers(env, example.root), []);
  });

  it("passes the suite with runners that stand ready, and shares its history with the command line", async () => {
    const shared = { ...env, AIRLOCK_SPARES: "2", XDG_STATE_HOME: stateHome };
    try {
      await run("spares", {}, shared);
      const { stdout } = await airlock(["runs", "--json"], { cwd: example.root, env: shared });
      const runs = JSON.parse(stdout) as Record<string, unknown>[];
      assert.deepEqual(
        runs.map(({ task_id, state }) => [task_id, state]),
        [
          ["hello", "success"],
          ["hello", "success"],
        ],
      );
    } finally {
      await airlock(["spares", "stop"], { cwd: example.root, env: shared });
    }
    assert.deepEqual(await airlockContainers(env, example.root), []);
  });

  it("passes the suite in a workspace that is not trusted", async () => {
    await run("untrusted", {
      "security.workspace.trust.enabled": true,
      "security.workspace.trust.startupPrompt": "never",
    });
  });
});
