import assert from "node:assert/strict";
import { join } from "node:path";
import { type TempFolder, tempFolder } from "../../project/testing/temp-folder";
import { runCommand } from "../testing/run-command";

describe("airlock envs", () => {
  let folder: TempFolder;
  before(async () => {
    folder = await tempFolder({
      "fitness/Dockerfile": "# syntax=x\nFROM a\nPYENV 3.8 snow\n",
      "fitness/dags/a.py": "",
      "fitness/environments/data-team/Dockerfile": "ARG BASE_IMAGE\nFROM $BASE_IMAGE\nRNU x\n",
      "fitness/environments/data-team/requirements.txt": "pandas==2.1.0\nrequests>=2\n",
      "fitness/environments/od\td/notes": "",
      "none/x": "",
    });
  });
  after(() => folder.remove());

  const envs = (...args: string[]) =>
    runCommand(["envs", ...args], folder.path, { env: { DOCKER_HOST: "unix:///nonexistent/docker.sock" } });

  it("says that it does not know what is up to date, where there is no engine", async () => {
    const { code, out, err } = await envs();
    assert.deepEqual(
      [code, err],
      [0, "Whether images are up to date is not known: No container engine answers\n"],
    );
    assert.equal(out, (await envs("--no-state")).out);
  });

  it("prints a table for each project, its problems beneath", async () => {
    const { code, out } = await envs("--no-state");
    assert.equal(code, 0);
    const broken = "fitness/environments/data-team/Dockerfile:3";
    assert.deepEqual(out.split("\n"), [
      `fitness (${join(folder.path, "fitness")})`,
      "  NAME       KIND   IMAGE OR PYTHON            REQUIREMENTS                   WHERE",
      "  (parent)   image  fitness/airflow            -                              fitness/Dockerfile",
      "  data-team  image  fitness/airflow/data-team  2: pandas==2.1.0, requests>=2  fitness/environments/data-team",
      "  snow       venv   3.8                        -                              fitness/Dockerfile:3",
      "",
      `  warning  ${"fitness/environments/od\\td".padEnd(broken.length)}  Is no environment: it has no Dockerfile`,
      `  error    ${broken}  Unknown instruction RNU; did you mean "RUN"?`,
      "",
    ]);
  });

  it("prints JSON", async () => {
    const { code, out } = await envs("--json", "fitness");
    assert.equal(code, 0);
    const root = join(folder.path, "fitness");
    const team = join(root, "environments/data-team");
    const { format, projects } = JSON.parse(out);
    assert.equal(format, 1);
    assert.equal(projects.length, 1);
    assert.deepEqual(projects[0].environments, [
      {
        name: "data-team",
        kind: "image",
        image: { reference: "fitness/airflow/data-team", from: { default: "the folder's name" } },
        base: { kind: "parent" },
        folder: team,
        files: [join(team, "Dockerfile"), join(team, "requirements.txt")],
        packages: [],
        requirements: [
          {
            name: "pandas",
            specifier: "==2.1.0",
            version: "2.1.0",
            file: join(team, "requirements.txt"),
            line: 1,
            column: 1,
          },
          {
            name: "requests",
            specifier: ">=2",
            version: null,
            file: join(team, "requirements.txt"),
            line: 2,
            column: 1,
          },
        ],
        problems: [
          {
            severity: "error",
            message: 'Unknown instruction RNU; did you mean "RUN"?',
            file: join(team, "Dockerfile"),
            line: 3,
            column: null,
          },
        ],
      },
      {
        name: "snow",
        kind: "venv",
        python: "3.8",
        from: { file: join(root, "Dockerfile"), line: 3, column: null },
        requirements: [],
        problems: [],
      },
    ]);
  });

  it("in a project's own folder shows that project", async () => {
    const { code, out } = await envs("fitness/dags");
    assert.equal(code, 0);
    assert.match(out, /^fitness \(/);
  });

  it("ends with 2 where there is no folder, or no project", async () => {
    const missing = await envs("gone");
    assert.equal(missing.code, 2);
    assert.match(missing.err, /There is no folder .*gone/);
    const file = await envs("none/x");
    assert.equal(file.code, 2);
    const none = await envs("none");
    assert.equal(none.code, 2);
    assert.match(none.err, /There is no Airflow project at .*none\n.*dags\//);
  });
});
