import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { listFiles, PackageManager } from "@vscode/vsce";
import { readInsideFiles } from "../../src/run/engines/kubernetes/inside-files";
import { readRunnerFiles } from "../../src/run/runner-files";

const root = resolve(__dirname, "../..");

describe("the extension as it is packaged", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "airlock-package-"));
    for (const file of await listFiles({ cwd: root, packageManager: PackageManager.None }))
      await cp(join(root, file), join(folder, file));
  });
  after(() => rm(folder, { recursive: true }));

  it("has what its runs send: the runner, the wheel of virtualenvs, the programs of pods", async () => {
    const dist = join(folder, "dist");
    const { bootstrap, wheels } = await readRunnerFiles(dist);
    assert.equal(wheels, join(dist, "wheels"));
    assert.match((await readdir(wheels)).join(), /^airlock_runtime-.*\.whl$/);
    assert.equal((await readInsideFiles(dist)).bootstrap, bootstrap);
  });

  it("has the bundle that its own loads when it is needed", () => {
    const { KubeConfig } = require(join(folder, "dist/kubernetes.js"));
    assert.deepEqual(new KubeConfig().getContexts(), []);
  });

  it("has no source and no test", async () => {
    const files = await readdir(folder, { recursive: true });
    assert.deepEqual(
      files.filter((file) => /\.tsx?$|node_modules|^test|^src|^runtime/.test(file)),
      [],
    );
  });
});
