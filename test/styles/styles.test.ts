import assert from "node:assert/strict";
import { appendFile, cp, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Value } from "../../src/run/contract";
import { plainValue } from "../../src/run/show-value";
import { type StyleRun, theCells, theRefusals } from "../airflow/production/style-runs";
import {
  docker,
  externalPython,
  isolated,
  kubernetesPod,
  type Style,
  vanilla,
} from "../airflow/production/styles";
import { virtualenvPins, virtualenvSteps } from "../airflow/production/virtualenvs";
import { bedEnv } from "../bed/env";
import { airlock, jsonLines } from "../support/airlock";
import { airlockContainers, removeImages } from "../support/engine";
import { copyExample, type ExampleCopy } from "../support/example";
import { openWarehouse, type Warehouse } from "../support/warehouse";

const refused = resolve(__dirname, "../airflow/production/dags/refused.py");

for (const airflow of [3, 2] as const) {
  describe(`the six fitness tests by airlock run, in every style, on Airflow ${airflow}`, () => {
    const env = { DOCKER_HOST: bedEnv().dockerHost };
    let copy: ExampleCopy;
    let warehouse: Warehouse;

    before(async () => {
      copy = await copyExample({ airflow });
      warehouse = await openWarehouse();
      const lines = [
        `AIRFLOW_CONN_WAREHOUSE=${warehouse.uri}`,
        // Where the DAGs of the styles have their images from; those that the project builds.
        `FITNESS_IMAGES=${copy.image}/{}:latest`,
      ];
      await appendFile(join(copy.root, ".env"), `${lines.join("\n")}\n`);
      await withVirtualenvs(copy.root);
      const { code, stdout, stderr } = await airlock(["build", "--all", "--project", copy.root], { env });
      assert.equal(code, 0, stdout + stderr);
    });

    after(async () => {
      await warehouse?.close();
      await removeImages(copy.image, env);
      await copy.remove();
    });

    afterEach("nothing is left behind", async () => {
      assert.deepEqual(await airlockContainers(env, copy.root), []);
    });

    for (const style of [vanilla, externalPython, docker, kubernetesPod, isolated]) {
      describe(style.dagId, () => {
        let run: StyleRun;
        before(async () => {
          run = { outer: warehouse, dag: await runAll(copy, style.file, env) };
        });
        theCells(style, () => run);
      });
    }

    // On Airflow 2 @task.docker works.
    if (airflow === 3) {
      describe("what they leave out", () => {
        const styles = [vanilla, externalPython, docker].map(withoutPython2);
        let dag: StyleRun["dag"];
        before(async () => {
          await cp(refused, join(copy.root, "dags/refused.py"));
          dag = await runAll(copy, "refused.py", env);
        });
        theRefusals(styles, () => dag);
      });
    }
  });
}

const runId = "manual__2024-01-01T00:00:00+00:00";

/** Runs the whole DAG of a file. */
async function runAll(copy: ExampleCopy, file: string, env: NodeJS.ProcessEnv): Promise<StyleRun["dag"]> {
  const path = join(copy.root, "dags", file);
  const { stdout, stderr } = await airlock(["run", path, "--ds", "2024-01-01", "--json"], { env });
  const events = jsonLines(stdout);
  const of = (kind: string, id: unknown) =>
    events.filter(({ event, task_id }) => event === kind && task_id === id);
  const ended = events.filter(({ event }) => event === "task_state");
  const tasks = ended.map(({ task_id, state }) => {
    const xcoms = of("xcom", task_id).map(({ key, value }) => [key, plainValue(value as Value)]);
    return [task_id, { state, xcoms: Object.fromEntries(xcoms) }];
  });
  const logs = ended.flatMap(({ task_id }) => [
    `--- ${task_id}`,
    ...of("log", task_id).map(({ message }) => String(message)),
    ...of("outcome", task_id).map((outcome) => JSON.stringify(outcome)),
  ]);
  return { runId, tasks: Object.fromEntries(tasks), log: [...logs, stderr].join("\n") };
}

/** Gives the parent image the virtualenvs that ExternalPythonOperator is told of. */
async function withVirtualenvs(root: string): Promise<void> {
  const dockerfile = join(root, "Dockerfile");
  const text = await readFile(dockerfile, "utf8");
  await writeFile(join(root, virtualenvPins.name), virtualenvPins.content);
  await writeFile(
    dockerfile,
    text.replace(/^FROM .*$/m, (from) => `${from}\n${virtualenvSteps}`),
  );
}

/** The parent image has none, so what becomes of it there is not tried here. */
function withoutPython2(style: Style): Style {
  const cells = style.cells.map(({ refused = {}, ...cell }) => ({
    ...cell,
    refused: Object.fromEntries(Object.entries(refused).filter(([id]) => !id.startsWith("python2"))),
  }));
  return { ...style, cells: cells as unknown as Style["cells"] };
}
