import assert from "node:assert/strict";
import { join } from "node:path";
import { diskFiles } from "../base/files";
import { buildSteps } from "./build-steps";
import { readProject } from "./read-project";
import { type TempFolder, tempFolder } from "./testing/temp-folder";

const child = "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n";

describe("buildSteps", () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder({
      "airlock.yaml": `image: { name: fitness/airflow }
build:
  args: { A: one }
  environments:
    upper: { base: lower, args: { A: two } }
`,
      Dockerfile: "# syntax=x\nFROM a\nPYENV 3.8 venv\n",
      "environments/lower/Dockerfile": child,
      "environments/other/Dockerfile": "FROM ruby:3\n",
      "environments/upper/Dockerfile": child,
      "environments/Bad Name/Dockerfile": child,
    });
  });
  afterEach(() => folder.remove());

  const steps = async (names?: readonly string[]) =>
    buildSteps(await readProject(folder.path, diskFiles), names);
  const namesOf = async (names?: readonly string[]) => (await steps(names)).map(({ name }) => name);

  it("gives the parent first and each after what it stands on", async () => {
    const all = await steps();
    assert.deepEqual(
      all.map(({ name, after }) => [name, after]),
      [
        ["parent", []],
        ["Bad Name", ["parent"]],
        ["lower", ["parent"]],
        ["other", []],
        ["upper", ["lower"]],
      ],
    );
    assert.deepEqual(all[4], {
      kind: "environment",
      name: "upper",
      reference: "fitness/airflow/upper",
      context: join(folder.path, "environments/upper"),
      dockerfile: join(folder.path, "environments/upper/Dockerfile"),
      buildArgs: { A: "two", BASE_IMAGE: "fitness/airflow/lower" },
      labels: {},
      secrets: {},
      installs: [],
      requirements: [],
      code: [],
      after: ["lower"],
    });
    assert.equal(all[3]?.buildArgs["BASE_IMAGE"], "ruby:3");
    assert.equal(all[0]?.kind, "parent");
  });

  it("gives what is asked for, with what it stands on", async () => {
    assert.deepEqual(await namesOf(["upper"]), ["parent", "lower", "upper"]);
    assert.deepEqual(await namesOf(["other"]), ["other"]);
    assert.deepEqual(await namesOf(["venv"]), ["parent"]);
    assert.deepEqual(await namesOf(["parent", "lower", "lower"]), ["parent", "lower"]);
    assert.deepEqual(await namesOf([]), []);
  });

  it("refuses a name that is not there, with the nearest and all that are", async () => {
    await assert.rejects(steps(["uper"]), (error: Error & { next?: string }) => {
      assert.match(error.message, /no environment "uper" .*did you mean "upper"/);
      assert.match(error.next ?? "", /parent, venv, Bad Name, lower, other, upper/);
      return true;
    });
    await assert.rejects(steps(["Bad Name"]), { code: "no-image-name", next: /bad-name/ });
  });

  it("refuses environments that stand on each other in a circle", async () => {
    await folder.write({
      "airlock.yaml": "build:\n  environments:\n    upper: { base: lower }\n    lower: { base: upper }\n",
    });
    await assert.rejects(steps(), { code: "environment-circle", message: /lower → upper → lower/ });
    assert.deepEqual(await namesOf(["other"]), ["other"]);
  });

  it("leaves out a parent that is only named, and refuses one that is not there", async () => {
    const bare = await tempFolder({
      "airlock.yaml": "image: { name: team/air, tag: 2 }\n",
      "environments/x/Dockerfile": child,
    });
    try {
      const project = await readProject(bare.path, diskFiles);
      assert.deepEqual(
        buildSteps(project).map(({ name, buildArgs }) => [name, buildArgs]),
        [["x", { BASE_IMAGE: "team/air:2" }]],
      );
      assert.throws(() => buildSteps(project, ["parent"]), { code: "no-parent-image" });
    } finally {
      await bare.remove();
    }
  });
});
