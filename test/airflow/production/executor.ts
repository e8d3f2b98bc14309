import { randomBytes } from "node:crypto";
import { freePort } from "../../bed/port";
import { type Outer, type OuterOptions, startOuter } from "./outer";

/**
 * An outer Airflow 3 whose tasks run as in production: each in a process of its own under a supervisor, which asks an
 * API server. `dag.test()` alone has no supervisor that a task's own subprocess could ask.
 */
export async function startWithExecutor(options: OuterOptions): Promise<Outer> {
  const port = await freePort();
  const outer = await startOuter({
    ...options,
    env: {
      ...options.env,
      AIRLOCK_TEST_EXECUTOR: "yes",
      AIRFLOW__CORE__EXECUTOR: "LocalExecutor",
      AIRFLOW__CORE__PARALLELISM: "2",
      AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `http://127.0.0.1:${port}/execution/`,
      AIRFLOW__API_AUTH__JWT_SECRET: randomBytes(32).toString("hex"),
    },
  });
  const log = "/tmp/api-server.log";
  const start = `airflow api-server --apps execution --host 127.0.0.1 --port ${port} --workers 1 > ${log} 2>&1 &
    grep --quiet --max-count=1 "startup complete" <(tail --follow=name --retry --pid=$! ${log} 2>/dev/null) || { cat ${log}; exit 1; }`;
  const { code, output } = await outer.execute(["bash", "-c", start]);
  if (code === 0) return outer;
  await outer.close();
  throw new Error(`Airflow's API server did not start: ${output}`);
}
