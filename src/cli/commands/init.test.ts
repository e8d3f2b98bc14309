import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { diskFiles } from "../../base/files";
import { readProject } from "../../project/read-project";
import { type TempFolder, tempFolder } from "../../project/testing/temp-folder";
import { runCommand } from "../testing/run-command";

describe("airlock init", () => {
  let folder: TempFolder;
  afterEach(() => folder.remove());

  const init = (...args: string[]) => runCommand(["init", ...args], folder.path);
  const read = (path: string) => readFile(join(folder.path, path), "utf8");

  it("gives a project what its first isolated task needs, and nothing the second time", async () => {
    folder = await tempFolder({
      Dockerfile: "FROM a\n",
      "dags/a.py": "",
      ".dockerignore": "logs",
      "airlock.yaml": "# ours\nimage:\n  name: team/airflow # the name\n",
      ".env": "A=1\n",
    });
    const first = await init("--registry", "localhost:5000/data");
    assert.deepEqual(
      [first.code, first.text.split("\n").map((line) => line.split(/ +/, 2).join(" "))],
      [
        0,
        [
          "wrote airlock.yaml",
          "wrote environments/example",
          "wrote .dockerignore",
          "wrote .env",
          "Next: airlock",
          "",
        ],
      ],
    );
    assert.equal(
      await read("airlock.yaml"),
      "# ours\nimage:\n  name: team/airflow # the name\n  registry: localhost:5000/data\n",
    );
    assert.equal(await read(".dockerignore"), "logs\nenvironments\n");
    assert.equal(
      await read(".env"),
      "A=1\nAIRFLOW__ISOLATED_POD_OPERATOR__IMAGE=localhost:5000/data/team/airflow\n",
    );
    const project = await readProject(folder.path, diskFiles);
    assert.deepEqual(
      project.environments.map(({ name, problems }) => [name, problems]),
      [["example", []]],
    );

    const files = ["airlock.yaml", ".dockerignore", ".env"];
    const before = await Promise.all(files.map(read));
    const second = await init("--registry", "localhost:5000/data");
    assert.ok(!/^wrote/m.test(second.text), second.text);
    assert.deepEqual(await Promise.all(files.map(read)), before);
  });

  it("leaves a project that has all of it", async () => {
    folder = await tempFolder({
      Dockerfile: "FROM a\n",
      "dags/a.py": "",
      ".dockerignore": "/environments/\n",
      ".env": "AIRFLOW__ISOLATED_POD_OPERATOR__IMAGE=other/airflow:1\n",
      "environments/ruby/Dockerfile": "FROM b\n",
    });
    const { code, text } = await init();
    assert.equal(code, 0);
    assert.ok(!/^wrote/m.test(text), text);
  });

  it("takes one registry only", async () => {
    folder = await tempFolder({ Dockerfile: "FROM a\n" });
    const { code, text } = await init("--registry", "localhost:5000", "--local-registry");
    assert.equal(code, 2);
    assert.match(text, /cannot be used with/);
  });

  it("tells of an airlock.yaml that it cannot write into", async () => {
    folder = await tempFolder({
      Dockerfile: "FROM a\n",
      "dags/a.py": "",
      "airlock.yaml": "image:\n  name: [a\n",
    });
    const { code, text } = await init("--registry", "localhost:5000");
    assert.equal(code, 2);
    assert.match(text, /airlock\.yaml:\d/);
    assert.equal(await read("airlock.yaml"), "image:\n  name: [a\n");
  });
});
