import assert from "node:assert/strict";
import { join } from "node:path";
import { diskFiles } from "../base/files";
import { discoverProjects } from "./discover";
import { discovery } from "./testing/discovery";

const child = "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n";

describe("discoverProjects, of what is odd or broken", () => {
  const here = discovery();
  const { one, told } = here;

  it("shows odd names as what they are", async () => {
    const names = ["My Env", "Größe", "a..b", "UPPER", "ok-1.2_x"];
    const project = await one({
      "fitness/airlock.yaml": "",
      "fitness/Dockerfile": "FROM a\n",
      ...Object.fromEntries(names.map((name) => [`fitness/environments/${name}/Dockerfile`, child])),
    });
    assert.deepEqual(project.environments.map(({ name }) => name).sort(), [...names].sort());
    const problems = told(project);
    assert.equal(problems.length, 4);
    assert.match(problems.join("\n"), /"My Env" cannot be part of an image's name .* "my-env"/);
    assert.match(problems.join("\n"), /"Größe" .* "gro-e"/);
    assert.match(problems.join("\n"), /"a\.\.b" .* "a-b"/);
  });

  it("shows stray files, links that loop and folders in the place of files as problems", async () => {
    const project = await one({
      "fitness/Dockerfile": "FROM a\n",
      "fitness/dags/a.py": "",
      "fitness/.env/x": "",
      "fitness/airflow_settings.yaml/x": "",
      "fitness/environments/README.md": "",
      "fitness/environments/.gitkeep": "",
      "fitness/environments/Dockerfile": "",
      "fitness/environments/stray.txt": "",
      "fitness/environments/empty": null,
      "fitness/environments/small/dockerfile": child,
      "fitness/environments/loop": { link: "loop" },
      "fitness/environments/up": { link: ".." },
      "fitness/environments/here": { link: "." },
      "fitness/environments/broken": { link: "nowhere" },
      "fitness/environments/odd/Dockerfile/x": "",
      "fitness/environments/odd/requirements.txt/x": "",
      "fitness/environments/linked/Dockerfile": { link: "Dockerfile" },
      "fitness/environments/good/Dockerfile": child,
      "fitness/environments/good/requirements.txt": "-r requirements.txt\n-r b.txt\n-r gone.txt\na\n",
      "fitness/environments/good/b.txt": "-r requirements.txt\nb\n",
    });
    assert.deepEqual(
      project.environments.map(({ name }) => name),
      ["good", "linked", "odd"],
    );
    const [good] = project.environments;
    assert.deepEqual(
      good?.requirements.map(({ name }) => name),
      ["a", "b"],
    );
    const problems = told(project).join("\n");
    for (const expected of [
      /fitness\/\.env: Is a folder/,
      /fitness\/airflow_settings\.yaml: Is a folder/,
      /environments\/Dockerfile: .*folder of its own/,
      /environments\/stray\.txt: Is no environment/,
      /environments\/empty: .*no Dockerfile/,
      /environments\/small: .*dockerfile is there: rename it/,
      /environments\/loop: .*neither a folder nor a link to one/,
      /environments\/broken: .*neither/,
      /environments\/up: .*leads back/,
      /environments\/here: .*leads back/,
      /odd\/Dockerfile: Is a folder/,
      /odd\/requirements\.txt: Is a folder/,
      /linked\/Dockerfile: Is no plain file/,
      /good\/requirements\.txt:1 .*loop/,
      /good\/b\.txt:1 .*loop/,
      /good\/requirements\.txt:3 There is no requirements file/,
    ]) {
      assert.match(problems, expected);
    }
    assert.equal(told(project).length, 16, problems);
  });

  it("shows files and folders that cannot be read", async () => {
    await here.folder.write({
      "fitness/airlock.yaml": "",
      "fitness/Dockerfile": "FROM a\n",
      "fitness/.env": "",
      "fitness/environments/shut/Dockerfile": child,
      "fitness/environments/open/Dockerfile": child,
      "fitness/environments/open/requirements.txt": "a",
    });
    const shut = /shut$|requirements\.txt$|\.env$|airlock\.yaml$/;
    const denied = (path: string) => {
      if (shut.test(path)) throw Object.assign(new Error(`EACCES: ${path}`), { code: "EACCES" });
    };
    const files = {
      ...diskFiles,
      readText: async (path: string) => {
        denied(path);
        return diskFiles.readText(path);
      },
      list: async (path: string) => {
        denied(path);
        return diskFiles.list(path);
      },
    };
    const [project] = await discoverProjects([join(here.folder.path, "fitness")], files);
    assert.ok(project);
    assert.deepEqual(
      project.environments.map(({ name }) => name),
      ["open"],
    );
    assert.equal(told(project).length, 4);
    assert.ok(told(project).every((line) => line.endsWith("Cannot be read: permission denied")));
  });
});
