import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import type Dockerode from "dockerode";
import { connect } from "../../../src/docker/connect";
import { Demux } from "../../../src/docker/demux";
import { bedEnv } from "../../bed/env";

/** What Airflow knows of a task instance when its run is over. */
export interface TaskResult {
  readonly state: string;
  readonly tries: number;
  readonly rendered: Readonly<Record<string, unknown>>;
  readonly xcoms: Readonly<Record<string, unknown>>;
}

export interface DagResult {
  readonly runId: string;
  /** By task id; of a mapped task by `task_id[map_index]`. */
  readonly tasks: Readonly<Record<string, TaskResult>>;
  /** All that was printed. */
  readonly log: string;
}

export interface Executed {
  readonly code: number;
  readonly output: string;
}

/** An Airflow of its own in a container of a parent image, with a fresh database, beside the bed's engine. */
export interface Outer {
  readonly container: Dockerode.Container;
  /** The password of its connection `warehouse`, a PostgreSQL database of its own. */
  readonly password: string;
  /** Runs a command in it, and returns what it printed. */
  execute(command: string[], env?: Readonly<Record<string, string>>): Promise<Executed>;
  /** Runs the DAG of a file by `dag.test()`, once. @throws where the file does not load. */
  test(dagFile: string): Promise<DagResult>;
  /** The rows of a query to the warehouse. */
  rows(query: string): Promise<unknown[][]>;
  /** Removes the container and the database. */
  close(): Promise<void>;
}

export interface OuterOptions {
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  readonly binds?: readonly string[];
  /** The address that isolated tasks reach PostgreSQL at. */
  readonly postgresHost?: string;
  /** Whether its own database is there too: of an Airflow in which several tasks run at once. */
  readonly databaseInPostgres?: boolean;
}

const scripts = "/opt/airflow/scripts";
/** Where the tests' own DAG files are in it. */
export const testDags = "/opt/airflow/dags/tests";

export async function startOuter(options: OuterOptions): Promise<Outer> {
  const { dockerHost, postgres } = bedEnv();
  const { docker } = await connect({ env: { DOCKER_HOST: dockerHost } });
  const { user, password, port, containerHost, localHost } = postgres;
  const database = `airlock_${randomBytes(4).toString("hex")}`;
  const warehouseAt = (host: string) => `postgresql://${user}:${password}@${host}:${port}/${database}`;
  const env = {
    AIRFLOW__CORE__LOAD_EXAMPLES: "False",
    AIRFLOW_CONN_WAREHOUSE: warehouseAt(options.postgresHost ?? containerHost),
    PYTHONDONTWRITEBYTECODE: "1",
    ...(options.databaseInPostgres && { AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: warehouseAt(localHost) }),
    ...options.env,
  };
  await pull(docker, options.image);
  const container = await docker.createContainer({
    Image: options.image,
    Entrypoint: ["sleep", "infinity"],
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Labels: { "dev.airlock.test": "outer" },
    HostConfig: {
      Init: true,
      NetworkMode: "host",
      Binds: [
        `${join(__dirname, "scripts")}:${scripts}:ro`,
        // Among the project's own, since Airflow 3 runs no DAG from elsewhere.
        `${join(__dirname, "dags")}:${testDags}:ro`,
        `${dockerHost.replace("unix://", "")}:/var/run/docker.sock`,
        ...(options.binds ?? []),
      ],
    },
  });
  const execute = (command: string[], more: Readonly<Record<string, string>> = {}) =>
    executeIn(container, command, more);
  const must = async (command: string[], more?: Readonly<Record<string, string>>) => {
    const { code, output } = await execute(command, more);
    if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${output}`);
    return output;
  };
  const warehouse = (...args: string[]) =>
    must(["python", `${scripts}/warehouse.py`, ...args], { AIRLOCK_TEST_WAREHOUSE: warehouseAt(localHost) });
  const close = async () => {
    // It runs no more where it never started; then there is no database either.
    await warehouse("drop").catch(() => {});
    await container.remove({ force: true, v: true });
  };
  try {
    await container.start();
    const created = warehouse("create");
    if (options.databaseInPostgres) await created;
    await Promise.all([created, must(["airflow", "db", "migrate"])]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    container,
    password,
    execute,
    async test(dagFile) {
      const result = `/tmp/${randomBytes(4).toString("hex")}.json`;
      const log = await must(["python", `${scripts}/test_dag.py`, dagFile, result]);
      return { ...JSON.parse(await must(["cat", result])), log };
    },
    rows: async (query) => JSON.parse(await warehouse("rows", query)),
    close,
  };
}

async function pull(docker: Dockerode, image: string): Promise<void> {
  const stream = await docker.pull(image);
  await new Promise<void>((done, fail) => {
    docker.modem.followProgress(stream, (error) => (error ? fail(error) : done()));
  });
}

async function executeIn(
  container: Dockerode.Container,
  command: string[],
  env: Readonly<Record<string, string>>,
): Promise<Executed> {
  const created = await container.exec({
    Cmd: command,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream: Duplex = await created.start({ hijack: true, stdin: false });
  const demux = new Demux();
  stream.pipe(demux);
  const [stdout, stderr] = await Promise.all([text(demux.stdout), text(demux.stderr)]);
  const { ExitCode: code } = await created.inspect();
  return { code: code ?? -1, output: stdout + stderr };
}
