import assert from "node:assert/strict";
import { join, relative } from "node:path";
import type { AirlockError } from "../../../base/errors";
import { diskFiles } from "../../../base/files";
import { readProject } from "../../../project/read-project";
import { type TempFolder, type Tree, tempFolder } from "../../../project/testing/temp-folder";
import { planVirtualenv } from "./virtualenv-plan";

describe("what the virtualenv of an environment is made from", () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder({ dags: null });
  });
  afterEach(() => folder.remove());

  async function plan(tree: Tree, name = "parent") {
    await folder.write(tree);
    return planVirtualenv(await readProject(folder.path, diskFiles), name);
  }

  /** Its installations: requirements, and files relative to the project. */
  const layers = ({ layers: all }: Awaited<ReturnType<typeof plan>>) =>
    all.map(({ requirements, files }) => [
      ...requirements,
      ...files.map((file) => relative(folder.path, file)),
    ]);

  const child = "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n";

  it("is Airflow as the base image has it, and then the parent's requirements", async () => {
    const made = await plan({
      Dockerfile: "ARG BASE=apache/airflow:3.1.8-python3.12\nFROM $BASE\n",
      "requirements.txt": "-r more.txt\nhumanize\n",
      "more.txt": "six\n",
      "packages.txt": "ruby\n",
    });
    assert.deepEqual(layers(made), [
      ["apache-airflow==3.1.8"],
      ["apache-airflow==3.1.8", "requirements.txt", "more.txt"],
    ]);
    assert.deepEqual([made.python, made.published, made.packages], ["3.12", true, ["ruby"]]);
  });

  it("is what the parent has, and then its own requirements, through environments on environments", async () => {
    const made = await plan(
      {
        Dockerfile: "FROM apache/airflow:3.1.8\n",
        "environments/a/Dockerfile": child,
        "environments/a/requirements.txt": "one\n",
        "environments/b/Dockerfile": child,
        "environments/b/requirements.txt": "two\n",
        "airlock.yaml": "build: {environments: {b: {base: a}}}\n",
      },
      "b",
    );
    assert.deepEqual(layers(made), [
      ["apache-airflow==3.1.8"],
      [],
      ["apache-airflow==3.1.8", "environments/a/requirements.txt"],
      ["apache-airflow==3.1.8", "environments/b/requirements.txt"],
    ]);
  });

  it("of one with a base of its own has nothing of the parent", async () => {
    const made = await plan(
      {
        Dockerfile: "FROM apache/airflow:3.1.8\n",
        "airlock.yaml": "venv: {airflow: 3.1.8, constraints: pins.txt}\n",
        "environments/legacy/Dockerfile": "FROM apache/airflow:2.11.0-python3.11\n",
        "environments/legacy/requirements.txt": "old\n",
      },
      "legacy",
    );
    assert.deepEqual(layers(made), [
      ["apache-airflow==2.11.0"],
      ["apache-airflow==2.11.0", "environments/legacy/requirements.txt"],
    ]);
    assert.deepEqual([made.python, made.published], ["3.11", true]);
  });

  it("is what airlock.yaml says, of one environment before all", async () => {
    const tree = {
      Dockerfile: "FROM team/airflow\n",
      "airlock.yaml":
        "venv:\n  airflow: 3.1.8\n  python: '3.12'\n  constraints: pins.txt\n  environments:\n    a: {python: '3.11'}\n",
      "environments/a/Dockerfile": child,
    };
    const parent = await plan(tree);
    assert.deepEqual(
      [parent.python, parent.layers[0]?.constraints],
      ["3.12", [join(folder.path, "pins.txt")]],
    );
    const made = await plan(tree, "a");
    assert.deepEqual([made.python, made.airflow], ["3.11", "3.1.8"]);
  });

  it("is what the requirements pin, where the base image tells no version", async () => {
    const made = await plan({
      Dockerfile: "FROM team/airflow\n",
      "requirements.txt": "apache-airflow == 2.10.5\n",
    });
    assert.equal(made.airflow, "2.10.5");
  });

  it("of a PYENV line has its Python, and the parent's requirements before its own", async () => {
    const made = await plan(
      {
        Dockerfile: "FROM apache/airflow:2.10.5\nPYENV 3.9 old old.txt\n",
        "requirements.txt": "parents\n",
        "old.txt": "own[extra]>=1 ; python_version < '4'\n",
      },
      "old",
    );
    assert.deepEqual(layers(made), [
      ["apache-airflow==2.10.5"],
      ["apache-airflow==2.10.5", "requirements.txt"],
      // As pip reads it, extras and markers and all.
      ["apache-airflow==2.10.5", "old.txt"],
    ]);
    assert.equal(made.python, "3.9");
  });

  it("cannot be told where nothing names a version of Airflow", async () => {
    await assert.rejects(plan({ Dockerfile: "FROM team/airflow:latest\n" }), (error: AirlockError) => {
      assert.equal(error.code, "airflow-unknown");
      assert.match(error.message, /team\/airflow:latest/);
      assert.equal(error.place?.file, join(folder.path, "Dockerfile"));
      return true;
    });
  });
});
