import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { type EngineProject, engineProject } from "./project";

/** pip takes a minute for what uv does in seconds. */
describe("airlock run in virtualenvs without uv", () => {
  let project: EngineProject;

  before(async () => {
    project = await engineProject("venv");
  });
  after(() => project.remove());

  it("makes them by pip", async () => {
    // A folder that nothing can be made in, where uv would be kept; the path has no uv.
    await project.folder.write({ "blocked/airlock/tools": "" });
    const PATH = (process.env["PATH"] ?? "").split(":");
    const hasUv = await Promise.all(
      PATH.map((folder) =>
        access(join(folder, "uv")).then(
          () => true,
          () => false,
        ),
      ),
    );
    const env = {
      XDG_CACHE_HOME: join(project.root, "blocked"),
      PATH: PATH.filter((_, index) => !hasUv[index]).join(":"),
    };
    const { code, stdout, stderr } = await project.run(["in_team"], { env });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /Successfully installed .*humanize-4\.12\.3/);
  });
});
