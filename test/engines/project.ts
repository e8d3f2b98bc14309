import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { type EngineName, engineNames } from "../../src/project/settings";
import { type TempFolder, tempFolder } from "../../src/project/testing/temp-folder";
import { bedEnv } from "../bed/env";
import { cacheFolder } from "../bed/paths";
import { type Namespace, openNamespace } from "../kubernetes/namespace";
import { type CommandOptions, type CommandResult, airlock as command } from "../support/airlock";
import { airlockContainers, removeImages } from "../support/engine";

/** What an engine has of its own for the project's runs. */
interface Place {
  readonly image: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
  readonly cluster?: Namespace;
  /** What runs have left there, of this project. */
  left(root: string): Promise<string[]>;
  remove(): Promise<void>;
}

/** A project that runs on every engine: a parent and one child environment, `team`. */
export interface EngineProject {
  readonly root: string;
  readonly dagFile: string;
  readonly folder: TempFolder;
  /** The parent image's name, without a registry. */
  readonly image: string;
  /** Where its pods are made, on the engine that makes some. */
  readonly cluster?: Namespace | undefined;
  /** Variables of the commands; other ones of `airlock` win. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs `airlock` there, on the engine. */
  airlock(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Runs the task, and tells its events. */
  run(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** The containers or pods that its runs have left. */
  left(): Promise<string[]>;
  remove(): Promise<void>;
}

/** What the image's Airflow is made of; virtualenvs are made of the same. */
export const pinsOf = (generation: 2 | 3) => resolve(__dirname, `../bed/images/airflow-${generation}.txt`);

export const password = "p1anted-passw0rd";

/** The engines whose tests are to run: `AIRLOCK_TEST_ENGINES`, else all. */
export const wanted: readonly string[] = process.env["AIRLOCK_TEST_ENGINES"]?.split(",") ?? engineNames;

/** @param cache where what is made is kept, for several projects; else each has its own. */
export async function engineProject(engine: EngineName, cache?: string): Promise<EngineProject> {
  const image = `airlock-test-${randomBytes(4).toString("hex")}/airflow`;
  const place = await places[engine](image);
  const constraints = await readFile(pinsOf(3), "utf8");
  const airflow = /^apache-airflow==(.+)$/m.exec(constraints)?.[1];
  const folder = await tempFolder({
    Dockerfile: "FROM airlock-test/airflow:3\nENV PYTHONPATH=/opt/airflow\nCOPY . /opt/airflow\n",
    "airlock.yaml": stringify({
      image: place.image,
      venv: { airflow, constraints: "constraints.txt" },
      ...place.settings,
    }),
    "constraints.txt": constraints,
    ".env": `AIRFLOW_CONN_WAREHOUSE=http://me:${password}@db.example:8080/\nAIRFLOW_VAR_TEAM=data\nGREETING=hello\n`,
    "environments/team/Dockerfile":
      "ARG BASE_IMAGE\nFROM $BASE_IMAGE\nCOPY requirements.txt /tmp/\nRUN pip install --quiet -r /tmp/requirements.txt\n",
    "environments/team/requirements.txt": "humanize==4.12.3\n",
    "include/__init__.py": "",
    "include/words.py": 'def greet(whom):\n    return "Good day, " + whom\n',
    "include/old/names.py": "",
    "dags/several.py": dagText,
  });
  const root = folder.path;
  const own = await mkdtemp(join(tmpdir(), "airlock-cache-"));
  const env = {
    ...place.env,
    AIRLOCK_ENGINE: engine,
    XDG_CACHE_HOME: cache ?? own,
    // Sockets of runners that wait, apart from those of other tests.
    XDG_RUNTIME_DIR: join(own, "run"),
    UV_CACHE_DIR: join(cacheFolder(), "uv"),
  };
  const airlock: EngineProject["airlock"] = (args, options = {}) =>
    command(args, { cwd: root, ...options, env: { ...env, ...options.env } });
  const dagFile = join(root, "dags/several.py");
  return {
    root,
    dagFile,
    folder,
    env,
    airlock,
    run: (args, options) => airlock(["run", dagFile, ...args, "--json"], options),
    image,
    cluster: place.cluster,
    left: () => place.left(root),
    async remove() {
      await airlock(["spares", "stop"]);
      await place.remove();
      await Promise.all([folder.remove(), rm(own, { recursive: true, force: true })]);
    },
  };
}

const places: Record<EngineName, (image: string) => Promise<Place>> = {
  async docker(image) {
    const env = { DOCKER_HOST: bedEnv().dockerHost };
    return {
      image: { name: image },
      env,
      left: (root) => airlockContainers(env, root),
      remove: () => removeImages(image, env),
    };
  },
  async venv(image) {
    return { image: { name: image }, env: {}, left: async () => [], remove: async () => {} };
  },
  async kubernetes(image) {
    const { dockerHost, registry, kubernetes } = bedEnv();
    const env = { DOCKER_HOST: dockerHost };
    const cluster = await openNamespace(kubernetes.kubeconfig);
    return {
      cluster,
      image: { name: image, registry: registry.open },
      settings: { kubernetes: { namespace: cluster.name } },
      env: { ...env, KUBECONFIG: kubernetes.kubeconfig },
      async left() {
        const { items } = await cluster.api.listNamespacedPod({ namespace: cluster.name });
        // Those that are being deleted go by themselves.
        return items.flatMap(({ metadata }) =>
          metadata?.deletionTimestamp ? [] : [JSON.stringify(metadata)],
        );
      },
      async remove() {
        await cluster.close();
        await removeImages(image, env);
      },
    };
  },
};

const dagText = `
import datetime
import os
import signal
import subprocess
import time

from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airlock_runtime import IsolatedOperator

from include.words import greet


def in_team(ti):
    import humanize

    return {"humanize": humanize.__version__, "said": greet(ti.task_id)}


def pulled(ti):
    return ti.xcom_pull(task_ids="in_team")["said"]


def old():
    try:
        import include.old.names
    except ImportError as error:
        return str(error)
    return "there"


def known():
    from airflow.sdk import Connection, Variable

    warehouse = Connection.get("warehouse")
    print("the password is", warehouse.password)
    return [warehouse.host, Variable.get("team"), os.environ["GREETING"]]


def fails():
    raise ValueError("of no use")


def skips():
    raise AirflowSkipException("not today")


def leaves():
    os._exit(3)


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def waits():
    from airflow.sdk import Connection

    kept = Connection.get("warehouse").password
    subprocess.Popen(["sleep", "300.25"])
    print("it waits", flush=True)
    time.sleep(300)


def team(task_id, function):
    return IsolatedOperator(
        task_id=task_id,
        environment="team",
        operator="airflow.providers.standard.operators.python.PythonOperator",
        python_callable=function,
    )


def bash(task_id, command):
    return IsolatedOperator(
        task_id=task_id,
        environment="team",
        operator="airflow.providers.standard.operators.bash.BashOperator",
        bash_command=command,
    )


with DAG("several", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    bash("hello", "echo Hello from {{ ti.dag_id }}.{{ ti.task_id }} on {{ ds }}")
    team("in_team", in_team) >> PythonOperator(task_id="pulled", python_callable=pulled)
    for function in (old, known, fails, skips, leaves, killed):
        team(function.__name__, function)
    team("waits", waits)

with DAG("elsewhere", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    bash("holds", "sleep 300.25")
    IsolatedOperator(
        task_id="other_image",
        image="elsewhere/airflow:1",
        operator="airflow.providers.standard.operators.bash.BashOperator",
        bash_command="true",
    )

with DAG("chain", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    first = team("first", in_team)
    second = BashOperator(task_id="second", bash_command="echo {{ ti.xcom_pull('first')['said'] }}")
    last = team("last", fails)
    never = BashOperator(task_id="never", bash_command="true")
    first >> second >> last >> never
`;
