import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bedEnv } from "../bed/env";
import { airlock } from "../support/airlock";
import { airlockContainers } from "../support/engine";
import { type PlainProject, plainProject } from "../support/plain-project";

/** As the package apache-airflow-providers-isolation 1.0.1 has its DAG files. */
const ofThePackage = `
import datetime
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from isolation.operators.isolation import IsolatedOperator

from include.words import greet

with DAG("package", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    IsolatedOperator(
        task_id="bash",
        operator=BashOperator,
        environment="team",
        isolated_operator_kwargs={"labels": {"team": "a"}},
        bash_command="echo {{ ti.dag_id }} $(team-tool)",
    )
    IsolatedOperator(
        task_id="qualified",
        operator=PythonOperator,
        environment="team",
        _python_callable_qualname="include.words.greet",
        op_args=["{{ ds }}"],
    )
`;

/** As projects have them that carry the operator as include/isolation.py. */
const vendored = (image: string) => `
import datetime
from airflow import DAG
from include.isolation import IsolatedOperator

with DAG("vendored", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    IsolatedOperator(
        task_id="image",
        operator="airflow.operators.bash.BashOperator",
        image="${image}/team",
        kubernetes_pod_operator_kwargs={"labels": {"team": "a"}},
        bash_command="echo {{ ds }} $(team-tool)",
    )
`;

for (const airflow of [2, 3] as const) {
  describe(`DAG files of the other dialects, as they are, on Airflow ${airflow}`, () => {
    const env = { DOCKER_HOST: bedEnv().dockerHost };
    let project: PlainProject;

    before(async () => {
      project = await plainProject(env, airflow);
      const write = async (path: string, text: string) => {
        await mkdir(join(project.root, path, ".."), { recursive: true });
        await writeFile(join(project.root, path), text);
      };
      // Neither their packages nor Airlock's are in the images.
      await write(
        "Dockerfile",
        `FROM airlock-test/airflow:${airflow}\nRUN pip uninstall --quiet --yes airlock-runtime\nENV PYTHONPATH=/opt/airflow\n`,
      );
      await write(
        "environments/team/Dockerfile",
        "ARG BASE_IMAGE\nFROM $BASE_IMAGE\nUSER 0\nRUN printf '#!/bin/sh\\necho its tool' > /usr/local/bin/team-tool && chmod +x /usr/local/bin/team-tool\nUSER airflow\n",
      );
      await write("include/words.py", 'def greet(day):\n    return "Good day, " + day\n');
    });
    after(() => project.remove());
    afterEach("nothing is left behind", async () => {
      assert.deepEqual(await airlockContainers(env, project.root), []);
    });

    async function xcomOf(file: string, task: string): Promise<string | undefined> {
      const { code, stdout, stderr } = await airlock(["run", file, task, "--ds", "2024-01-01"], { env });
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, new RegExp(`\\.${task} {2}\\w+ in ${project.image}/team`));
      return /^xcom return_value = (.*)$/m.exec(stdout)?.[1];
    }

    it("runs those of the package", async () => {
      const file = await project.dag("package", ofThePackage);
      assert.equal(await xcomOf(file, "bash"), "package its tool");
      assert.equal(await xcomOf(file, "qualified"), "Good day, 2024-01-01");
    });

    it("runs those of the copy in include/", async () => {
      const file = await project.dag("vendored", vendored(project.image));
      assert.equal(await xcomOf(file, "image"), "2024-01-01 its tool");
    });
  });
}
