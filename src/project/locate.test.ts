import assert from "node:assert/strict";
import { join } from "node:path";
import { diskFiles } from "../base/files";
import { discoverProjects } from "./discover";
import { locateProject, projectAt, projectOf } from "./locate";
import { type TempFolder, tempFolder } from "./testing/temp-folder";

describe("where a project is", () => {
  let folder: TempFolder;
  const at = (path: string) => join(folder.path, path);
  before(async () => {
    folder = await tempFolder({
      "a/airlock.yaml": "",
      "a/dags/deep/x.py": "",
      "a/inner/airlock.yaml": "",
      "a/inner/dags/y.py": "",
      "ab/z.py": "",
      "single/apps/p/airlock.yaml": "",
    });
  });
  after(() => folder.remove());

  it("is the innermost one that holds the path", async () => {
    const projects = await discoverProjects([folder.path], diskFiles);
    assert.equal(locateProject(projects, at("a/inner/dags/y.py"))?.root, at("a/inner"));
    assert.equal(locateProject(projects, at("a"))?.root, at("a"));
    assert.equal(locateProject(projects, at("ab/z.py")), undefined);
    assert.equal((await projectOf(at("a/dags/deep/x.py"), diskFiles)).root, at("a"));
    assert.equal((await projectOf(at("a/inner/dags/y.py"), diskFiles)).root, at("a/inner"));
    await assert.rejects(projectOf(at("ab/z.py"), diskFiles), { code: "project-not-found" });
  });

  it("in a folder without one is the only one below", async () => {
    assert.equal((await projectAt(at("a/dags"), diskFiles)).root, at("a"));
    assert.equal((await projectAt(at("single"), diskFiles)).root, at("single/apps/p"));
    await assert.rejects(projectAt(folder.path, diskFiles), {
      code: "project-ambiguous",
      detail: /single\/apps\/p/,
    });
    await assert.rejects(projectAt(at("ab"), diskFiles), { code: "project-not-found" });
  });
});
