import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { diskFiles } from "../base/files";
import { discoverProjects } from "./discover";
import { discovery } from "./testing/discovery";
import type { Tree } from "./testing/temp-folder";

const child = "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n";

describe("discoverProjects", () => {
  const here = discovery();
  const { discover, one, told } = here;

  it("reads parent and children with requirements, packages and images", async () => {
    const project = await one({
      "fitness/dags/fitness.py": "",
      "fitness/Dockerfile": "FROM apache/airflow:3.1.0\n",
      "fitness/requirements.txt": "pandas==2.1.0\n",
      "fitness/environments/data-team/Dockerfile": child,
      "fitness/environments/data-team/requirements.txt": "-r more.txt\nnumpy==1\n",
      "fitness/environments/data-team/more.txt": "\nflask\n",
      "fitness/environments/data-team/packages.txt": "ruby\n",
      "fitness/environments/data-team/notes.txt": "not read",
    });
    const root = join(here.folder.path, "fitness");
    assert.equal(project.root, root);
    assert.deepEqual(
      [project.name, project.kind, project.parent?.image.reference, project.dags],
      ["fitness", "airflow", "fitness/airflow", join(root, "dags")],
    );
    const [team] = project.environments;
    assert.ok(team?.kind === "image");
    assert.deepEqual(
      [team.image.reference, team.base, team.packages],
      ["fitness/airflow/data-team", { kind: "parent" }, ["ruby"]],
    );
    assert.deepEqual(
      team.requirements.map(({ name, specifier, place }) => [
        name,
        specifier,
        relative(root, place.file),
        place.line,
      ]),
      [
        ["numpy", "==1", "environments/data-team/requirements.txt", 2],
        ["flask", "", "environments/data-team/more.txt", 2],
      ],
    );
    assert.deepEqual(
      team.files.map((file) => relative(team.folder, file)),
      ["Dockerfile", "requirements.txt", "more.txt", "packages.txt"],
    );
    assert.deepEqual(told(project), []);
  });

  it("reads an Astro project with PYENV lines and interpreters", async () => {
    const project = await one({
      "fitness/.astro/config.yaml": "project:\n  name: My-Astro\n",
      "fitness/airlock.yaml": "environments:\n  interpreters:\n    legacy: /opt/legacy/bin/python\n",
      "fitness/Dockerfile":
        "# syntax=quay.io/astronomer/airflow-extensions:latest\nFROM quay.io/astronomer/astro-runtime:9.1.0\nPYENV 3.8 snowpark reqs/snowpark.txt\nPYENV 3.10 lost none.txt\n",
      "fitness/reqs/snowpark.txt": "snowflake-snowpark-python==1.0\n",
    });
    const root = join(here.folder.path, "fitness");
    const hash = createHash("md5").update(root).digest("hex").slice(0, 6);
    assert.deepEqual([project.kind, project.name], ["astro", "My-Astro"]);
    assert.equal(project.parent?.image.reference, `my-astro_${hash}/airflow`);
    assert.deepEqual(project.parent?.image.from, {
      file: join(root, ".astro/config.yaml"),
      line: 2,
      column: 3,
    });
    assert.deepEqual(
      project.environments.map(
        (each) =>
          each.kind === "venv" && [each.name, each.python, each.requirements[0]?.name, each.place.line],
      ),
      [
        ["snowpark", "3.8", "snowflake-snowpark-python", 3],
        ["lost", "3.10", undefined, 4],
        ["legacy", "/opt/legacy/bin/python", undefined, 3],
      ],
    );
    assert.equal(told(project).length, 1);
    assert.match(told(project)[0] ?? "", /^fitness\/Dockerfile:4 There is no requirements file/);
  });

  it("finds the projects of a monorepo, each with its own environments", async () => {
    const projects = await discover({
      "mono/dags/a.py": "",
      "mono/Dockerfile": "FROM a\n",
      "mono/environments/own/Dockerfile": child,
      "mono/environments/own/dags/test.py": "",
      "mono/apps/sales/dags/a.py": "",
      "mono/apps/sales/environments/py2/Dockerfile": child,
      "mono/apps/sales/Dockerfile": "FROM a\n",
      "mono/apps/sales/.venv/lib/dags/x": "",
      "mono/apps/ops/airlock.yaml": "",
      "mono/apps/ops/environments/own/Dockerfile": "FROM ruby:3\n",
      "mono/node_modules/x/airlock.yaml": "",
      "mono/.hidden/airlock.yaml": "",
      "mono/env/pyvenv.cfg": "",
      "mono/env/x/airlock.yaml": "",
    });
    assert.deepEqual(
      projects.map(({ root, environments }) => [
        relative(here.folder.path, root),
        environments.map(({ name }) => name),
      ]),
      [
        ["mono", ["own"]],
        ["mono/apps/ops", ["own"]],
        ["mono/apps/sales", ["py2"]],
      ],
    );
  });

  it("shows each project once over roots that hold each other, and by its own path", async () => {
    await here.folder.write({ "b/p/airlock.yaml": "", "b/a-link": { link: "p" }, "b/loop": { link: "." } });
    const roots = [
      here.folder.path,
      join(here.folder.path, "b"),
      join(here.folder.path, "b/p"),
      join(here.folder.path, "gone"),
    ];
    const projects = await discoverProjects(roots, diskFiles);
    assert.deepEqual(
      projects.map(({ root }) => relative(here.folder.path, root)),
      ["b/p"],
    );
  });

  it("takes other folders from airlock.yaml", async () => {
    const project = await one({
      "fitness/airlock.yaml":
        "environments:\n  folders:\n    - docker/images\n    - teams/*/images\n    - gone/*\n",
      "fitness/docker/images/ruby/Dockerfile": "FROM ruby:3\n",
      "fitness/docker/images/py2/Dockerfile": child,
      "fitness/teams/a/images/x/Dockerfile": child,
      "fitness/teams/b/images/ruby/Dockerfile": child,
      "fitness/environments/not/Dockerfile": child,
      "fitness/Dockerfile": "FROM a\n",
    });
    assert.deepEqual(
      project.environments.map(({ name }) => name),
      ["py2", "ruby", "x"],
    );
    const problems = told(project);
    assert.equal(problems.length, 2);
    assert.match(problems.join("\n"), /fitness\/airlock\.yaml:5 There is no folder gone\/\*/);
    assert.match(
      problems.join("\n"),
      /teams\/b\/images\/ruby: There is an environment "ruby" already: .*docker\/images\/ruby/,
    );
  });

  it("names images by airlock.yaml, else .env, else the folder", async () => {
    const tree = {
      "fitness/Dockerfile": "FROM a\n",
      "fitness/environments/x/Dockerfile": child,
      "fitness/dags/a.py": "",
    };
    const names = async (more: Tree) => {
      const project = await one({ ...tree, ...more });
      const [environment] = project.environments;
      return [
        project.parent?.image.reference,
        environment?.kind === "image" ? environment.image.reference : "",
      ];
    };
    assert.deepEqual(
      await names({ "fitness/.env": "AIRFLOW__ISOLATED_POD_OPERATOR__IMAGE=reg.io/team/air:v1\n" }),
      ["reg.io/team/air:v1", "reg.io/team/air/x:v1"],
    );
    assert.deepEqual(await names({ "fitness/airlock.yaml": "image: { registry: localhost:5000/r }\n" }), [
      "reg.io/team/air:v1",
      "reg.io/team/air/x:v1",
    ]);
    assert.deepEqual(
      await names({ "fitness/.env": "", "fitness/airlock.yaml": "image: { registry: localhost:5000/r }\n" }),
      ["localhost:5000/r/fitness/airflow", "localhost:5000/r/fitness/airflow/x"],
    );
    assert.deepEqual(
      await names({ "fitness/airlock.yaml": "image: { name: a/b, registry: localhost:5000, tag: 2 }\n" }),
      ["localhost:5000/a/b:2", "localhost:5000/a/b/x:2"],
    );
  });

  it("tells what each environment is built on", async () => {
    const project = await one({
      "fitness/airlock.yaml": `build:
  args: { PYTHON: "3.9" }
  environments:
    by-name: { base: team }
    by-reference: { base: "debian:12" }
    useless: { base: team }
    typo: { base: x }
`,
      "fitness/Dockerfile": "FROM a\n",
      "fitness/environments/team/Dockerfile": child,
      "fitness/environments/by-name/Dockerfile": child,
      "fitness/environments/by-reference/Dockerfile": child,
      "fitness/environments/default/Dockerfile": "ARG BASE_IMAGE=apache/airflow:3\nFROM $BASE_IMAGE\n",
      "fitness/environments/from-env/Dockerfile": "FROM fitness/airflow/team:latest\n",
      "fitness/environments/from-parent/Dockerfile": "FROM docker.io/fitness/airflow\n",
      "fitness/environments/other/Dockerfile": `ARG PYTHON=2.7\nFROM python:$PYTHON-slim\n`,
      "fitness/environments/unset/Dockerfile": "ARG WHAT\nFROM $WHAT\n",
      "fitness/environments/useless/Dockerfile": "FROM ruby\n",
    });
    assert.deepEqual(
      Object.fromEntries(project.environments.map((each) => [each.name, each.kind === "image" && each.base])),
      {
        team: { kind: "parent" },
        "by-name": { kind: "environment", name: "team" },
        "by-reference": { kind: "reference", reference: "debian:12" },
        default: { kind: "parent" },
        "from-env": { kind: "environment", name: "team" },
        "from-parent": { kind: "parent" },
        other: { kind: "reference", reference: "python:3.9-slim" },
        unset: { kind: "reference", reference: "" },
        useless: { kind: "reference", reference: "ruby" },
      },
    );
    const problems = told(project).join("\n");
    assert.match(problems, /unset\/Dockerfile:2 WHAT has no value/);
    assert.match(problems, /airlock\.yaml:6 .*useless\.base has no effect/);
    assert.match(problems, /airlock\.yaml:7 There is no environment "typo"/);
    assert.equal(told(project).length, 3);
  });

  it("tells environments that stand on each other in a circle, and on a parent that nothing builds", async () => {
    const project = await one({
      "fitness/airlock.yaml": "build:\n  environments:\n    a: { base: b }\n    b: { base: a }\n",
      "fitness/environments/a/Dockerfile": child,
      "fitness/environments/b/Dockerfile": child,
      "fitness/environments/c/Dockerfile": child,
    });
    assert.match(told(project)[0] ?? "", /a\/Dockerfile: Stands on itself: a → b → a/);
    assert.match(
      told(project)[2] ?? "",
      /c\/Dockerfile:2 Stands on the parent image, but the project has no Dockerfile/,
    );
  });

  it("finds 500 environments", async () => {
    const names = Array.from({ length: 500 }, (_, index) => `team-${index}`);
    const project = await one({
      "fitness/dags/a.py": "",
      "fitness/Dockerfile": "FROM a\n",
      ...Object.fromEntries(names.map((name) => [`fitness/environments/${name}/Dockerfile`, child])),
    });
    assert.deepEqual(
      project.environments.map(({ name }) => name),
      [...names].sort(),
    );
    assert.deepEqual(told(project), []);
  });

  it("does not take a home folder for an Astro project", async () => {
    await here.folder.write({ ".astro/config.yaml": "contexts: {}\n" });
    assert.deepEqual(await discoverProjects([here.folder.path], diskFiles, undefined, here.folder.path), []);
  });

  it("stops when cancelled", async () => {
    await here.folder.write({ "airlock.yaml": "" });
    await assert.rejects(discoverProjects([here.folder.path], diskFiles, AbortSignal.abort()), {
      code: "cancelled",
    });
  });
});
