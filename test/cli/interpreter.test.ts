import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { connect } from "../../src/docker/connect";
import { bedEnv } from "../bed/env";
import { airlock } from "../support/airlock";
import { airlockContainers } from "../support/engine";
import { type PlainProject, plainProject } from "../support/plain-project";

const dagFile = `
import datetime
from airflow import DAG
from airflow.providers.standard.operators.python import PythonOperator, PythonVirtualenvOperator
from airflow.sdk import task
from airlock_runtime import IsolatedOperator

def told():
    import sys
    import only_there
    return [only_there.NAME, sys.prefix]

def plain():
    import sys
    import only_there
    return [only_there.NAME, sys.prefix]

def made(day):
    import sys
    return [day, sys.prefix != sys.base_prefix]

with DAG("interpreters", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    for name in ("team", "bare", "astro"):
        IsolatedOperator(task_id=name, operator=PythonOperator, environment=name, python_callable=told)
    common = dict(python_version="3.11", system_site_packages=True)
    task.virtualenv(task_id="made", **common)(made)("{{ ds }}")
    PythonVirtualenvOperator(task_id="operator", python_callable=made, op_args=["{{ ds }}"], **common)
    task.external_python(task_id="external", python="/home/airflow/team/bin/python")(plain)()
`;

describe("airlock run in an interpreter of the parent image", () => {
  const env = { DOCKER_HOST: bedEnv().dockerHost };
  let project: PlainProject;
  let file: string;

  before(async () => {
    project = await plainProject(env);
    const dockerfile = [
      "FROM airlock-test/airflow:3",
      "RUN python3 -m venv --system-site-packages /home/airflow/team && python3 -m venv /home/airflow/bare",
      `RUN echo 'NAME = "of the team"' > $(echo /home/airflow/team/lib/python*/site-packages)/only_there.py`,
      "ENV ASTRO_PYENV_team=/home/airflow/team/bin/python",
    ];
    await writeFile(join(project.root, "Dockerfile"), `${dockerfile.join("\n")}\n`);
    const interpreters = { team: "/home/airflow/team/bin/python", bare: "/home/airflow/bare/bin/python" };
    const settings = { image: { name: project.image }, environments: { interpreters } };
    await writeFile(join(project.root, "airlock.yaml"), stringify(settings));
    file = await project.dag("interpreters", dagFile);
  });
  after(() => project.remove());
  afterEach("nothing is left behind", async () => {
    assert.deepEqual(await airlockContainers(env, project.root), []);
  });

  it("has what that one has", async () => {
    const { code, stdout, stderr } = await airlock(["run", file, "team"], { env });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^interpreters\.team {2}PythonOperator in \/home\/airflow\/team\/bin\/python /m);
    assert.match(stdout, /^xcom return_value = \["of the team","\/home\/airflow\/team"\]$/m);
  });

  it("is beside those of @task.virtualenv, PythonVirtualenvOperator and @task.external_python", async () => {
    const xcom = async (task: string) => {
      const { code, stdout, stderr } = await airlock(["run", file, task, "--ds", "2024-01-01"], { env });
      assert.equal(code, 0, stdout + stderr);
      return /^xcom return_value = (.*)$/m.exec(stdout)?.[1];
    };
    assert.equal(await xcom("made"), '["2024-01-01",true]');
    assert.equal(await xcom("operator"), '["2024-01-01",true]');
    assert.equal(await xcom("external"), '["of the team","/home/airflow/team"]');
  });

  it("is where a PYENV line has put it, in an image that something else has built", async () => {
    const line = "PYENV 3.11 astro team-requirements.txt";
    const text = await readFile(join(project.root, "Dockerfile"), "utf8");
    const { docker } = await connect({ env });
    const built = await docker.getImage(project.image).inspect();
    await writeFile(join(project.root, "team-requirements.txt"), "");
    await writeFile(
      join(project.root, "Dockerfile"),
      `# syntax=quay.io/astronomer/airflow-extensions:v1\n${text}${line}\n`,
    );
    try {
      // As the frontend would: Airlock did not build it, and takes what is there.
      const other = await docker.createContainer({ Image: built.Id });
      await other.commit({
        repo: project.image,
        tag: "latest",
        changes: 'LABEL dev.airlock.built=""\nENV ASTRO_PYENV_astro=/home/airflow/team/bin/python',
      });
      await other.remove();
      const { code, stdout, stderr } = await airlock(["run", file, "astro"], { env });
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /^xcom return_value = \["of the team","\/home\/airflow\/team"\]$/m);
    } finally {
      await writeFile(join(project.root, "Dockerfile"), text);
    }
  });

  it("says what is wrong where that one has no Airflow", async () => {
    const { code, stdout, stderr } = await airlock(["run", file, "bare"], { env });
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout, /no Airflow that \/home\/airflow\/bare\/bin\/python can import/);
  });
});
