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
          const ids = style.cells.flatMap(({ returns }) => Object.keys(returns));
          run = { outer: warehouse, dag: await runTasks(copy, style.file, ids, env) };
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
          const ids = styles.flatMap(({ cells }) => cells.flatMap((cell) => Object.keys(cell.refused ?? {})));
          dag = await runTasks(copy, "refused.py", [...new Set(ids)], env);
        });
        theRefusals(styles, () => dag);
      });
    }
  });
}

const runId = "manual__2024-01-01T00:00:00+00:00";

/** Runs tasks of one DAG file one after another, as if they were one run of it. */
async function runTasks(
  copy: ExampleCopy,
  file: string,
  ids: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<StyleRun["dag"]> {
  const tasks: Record<string, StyleRun["dag"]["tasks"][string]> = {};
  const logs: string[] = [];
  for (const id of ids) {
    const path = join(copy.root, "dags", file);
    const { stdout, stderr } = await airlock(["run", path, id, "--ds", "2024-01-01", "--json"], { env });
    const events = jsonLines(stdout);
    const of = (kind: string) => events.filter(({ event }) => event === kind);
    tasks[id] = {
      state: String(of("outcome")[0]?.["state"]),
      xcoms: Object.fromEntries(of("xcom").map(({ key, value }) => [key, plainValue(value as Value)])),
    };
    logs.push(`--- ${id}`, ...of("log").map(({ message }) => String(message)), stderr);
    logs.push(JSON.stringify(of("outcome")[0]));
  }
  return { runId, tasks, log: logs.join("\n") };
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
