import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { bedEnv } from "../bed/env";
import { airlock } from "../support/airlock";
import { airlockContainers } from "../support/engine";
import { type PlainProject, plainProject } from "../support/plain-project";

const dagFile = `
import datetime
from airflow import DAG
from airflow.providers.standard.operators.python import PythonOperator
from airlock_runtime import IsolatedOperator

def told():
    import sys
    import only_there
    return [only_there.NAME, sys.prefix]

with DAG("interpreters", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    for name in ("team", "bare"):
        IsolatedOperator(task_id=name, operator=PythonOperator, environment=name, python_callable=told)
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

  it("says what is wrong where that one has no Airflow", async () => {
    const { code, stdout, stderr } = await airlock(["run", file, "bare"], { env });
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout, /no Airflow that \/home\/airflow\/bare\/bin\/python can import/);
  });
});
