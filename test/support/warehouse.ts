import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect } from "../../src/docker/connect";
import { openContainer } from "../../src/docker/container";
import { bedEnv } from "../bed/env";

/** A database of its own in the bed's PostgreSQL, which the example's tasks call `warehouse`. */
export interface Warehouse {
  /** As containers reach it. */
  readonly uri: string;
  readonly password: string;
  /** The rows of a query. */
  rows(query: string): Promise<unknown[][]>;
  /** Removes the database. */
  close(): Promise<void>;
}

const script = readFileSync(join(__dirname, "../airflow/production/scripts/warehouse.py"), "utf8");

export async function openWarehouse(): Promise<Warehouse> {
  const { dockerHost, postgres } = bedEnv();
  const { user, password, port, containerHost } = postgres;
  const engine = await connect({ env: { DOCKER_HOST: dockerHost } });
  const uri = `postgresql://${user}:${password}@${containerHost}:${port}/airlock_${randomBytes(4).toString("hex")}`;
  const execute = async (...command: string[]): Promise<string> => {
    const container = await openContainer(
      engine,
      {
        image: "airlock-test/airflow:3",
        entrypoint: ["python3", "-c", script],
        command,
        env: { AIRLOCK_TEST_WAREHOUSE: uri },
        labels: { "dev.airlock.test": "warehouse" },
        stdin: false,
      },
      new AbortController().signal,
    );
    try {
      const [stdout, stderr] = await Promise.all([text(container.stdout), text(container.stderr)]);
      const { code } = await container.exited;
      if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${stderr}`);
      return stdout;
    } finally {
      await container.remove();
    }
  };
  await execute("create");
  return {
    uri,
    password,
    rows: async (query) => JSON.parse(await execute("rows", query)),
    close: async () => {
      await execute("drop");
    },
  };
}
