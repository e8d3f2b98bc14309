import assert from "node:assert/strict";
import { diskFiles } from "../base/files";
import type { Project } from "./model";
import { readProject } from "./read-project";
import { tempFolder } from "./testing/temp-folder";
import { touchesProjects } from "./touches";

describe("touchesProjects", () => {
  for (const path of [
    "/w/airlock.yaml",
    "/w/.env",
    "/w/.astro/config.yaml",
    "/w/airflow_settings.yaml",
    "/w/Dockerfile",
    "/w/environments/py2/Dockerfile",
    "/w/environments/py2/reqs/more.txt",
    "/w/environments/py2",
    "/w/environments/py2.7",
    "/w/environments/team.alpha",
    "/w/renamed",
    "C:\\w\\environments\\x",
  ]) {
    it(`is true of ${path}`, () => assert.ok(touchesProjects(path)));
  }

  for (const path of [
    "/w/dags/fitness.py",
    "/w/.git/HEAD",
    "/w/node_modules/x/Dockerfile",
    "/w/notes.md",
    "/w/dags/.x.swp",
    "/w/.venv",
  ]) {
    it(`is false of ${path}`, () => assert.ok(!touchesProjects(path)));
  }

  it("knows the folders that the projects' environments lie in", async () => {
    const folder = await tempFolder({
      "airlock.yaml": "environments: { folders: [docker/images.d] }\n",
      "docker/images.d/x/Dockerfile": "FROM a\n",
    });
    try {
      const projects: Project[] = [await readProject(folder.path, diskFiles)];
      for (const path of ["docker/images.d", "docker/images.d/y.z"]) {
        assert.ok(!touchesProjects(`${folder.path}/${path}`));
        assert.ok(touchesProjects(`${folder.path}/${path}`, projects));
      }
    } finally {
      await folder.remove();
    }
  });
});
