import assert from "node:assert/strict";
import { startBell } from "./bell";
import { type DagResult, type Outer, type OuterOptions, startOuter, testDags } from "./outer";
import { type Published, publishExample } from "./published";

/** The password. It is in the project's own files of local runs too, where images are built. */
export const planted = "planted-3f9a1c77-in-the-vault";
const address = `generic://keeper:${planted}@vault.example/`;

/** An outer Airflow that knows the password, and the run of the task that says and searches it. */
export interface PlantedRun {
  readonly outer: Outer;
  readonly dag: DagResult;
  readonly published: Published;
  close(): Promise<void>;
}

export interface PlantedOptions {
  readonly airflow: 2 | 3;
  readonly files?: Readonly<Record<string, string>>;
  readonly setup: (published: Published) => OuterOptions;
  /** This machine's address as the task sees it. */
  readonly host: string;
  /** Whether the task has a container to itself. */
  readonly container: boolean;
  /** Looks from outside while the task is at work. */
  look(published: Published): Promise<void>;
}

export async function runPlanted(options: PlantedOptions): Promise<PlantedRun> {
  const { airflow, files = {}, setup, host, container } = options;
  const published = await publishExample({
    airflow,
    variant: "planted",
    files: {
      ...files,
      ".env": `AIRFLOW_CONN_VAULT=${address}\n`,
      "airflow_settings.yaml": `airflow:\n  connections:\n    - conn_id: vault\n      conn_password: ${planted}\n`,
    },
  });
  const bell = await startBell(() => options.look(published));
  const { env, ...rest } = setup(published);
  const variables = {
    AIRFLOW_CONN_VAULT: address,
    AIRFLOW_VAR_BELL: `http://${host}:${bell.port}/`,
    AIRFLOW_VAR_CONTAINER: container ? "yes" : "no",
  };
  let outer: Outer | undefined;
  const close = async () => {
    bell.close();
    await outer?.close();
    await published.remove();
  };
  try {
    outer = await startOuter({ ...rest, env: { ...env, ...variables } });
    const dag = await outer.test(`${testDags}/planted.py`);
    assert.equal(bell.answered, 1, dag.log);
    return { outer, dag, published, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Declares what holds whatever carries the task. */
export function foundNowhere(run: () => PlantedRun): void {
  it("the task knows it, and finds it only where it is put on purpose: no process, no file of its image", () => {
    const task = run().dag.tasks["search"];
    assert.equal(task?.state, "success", run().dag.log);
    assert.deepEqual(task.xcoms["return_value"], {
      knows: true,
      places: ["cmdline on purpose", "environ on purpose", "file on purpose"],
    });
  });

  it("the log masks it, also where the task says it", () => {
    const { log } = run().dag;
    // Airflow 2 writes each line twice where a test runs a DAG.
    assert.ok(log.split("It is ***").length > 2, log);
    assert.ok(!log.includes(planted));
  });

  it("the rendered fields mask it", () => {
    const rendered = run().dag.tasks["search"]?.rendered["rendered"] as Record<
      string,
      Record<string, unknown>
    >;
    assert.equal(rendered["op_kwargs"]?.["login"], "***");
  });

  it("no file of the worker has it: temporary ones, Airflow's database, the parent image", async () => {
    const search = async (needle: string) => {
      // It comes by the environment, so that no command line has it.
      const command = `printenv NEEDLE | grep --recursive --files-with-matches --text --fixed-strings --file=- \
        --devices=skip --exclude-dir=proc --exclude-dir=sys / 2>/dev/null`;
      return (await run().outer.execute(["bash", "-c", command], { NEEDLE: needle })).output;
    };
    assert.equal(await search(planted), "");
    assert.match(await search("tell_and_search("), /dags\/tests\/planted\.py/, "the search finds things");
  });
}
