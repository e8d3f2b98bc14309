import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../../bed/port";
import { type Outer, type OuterOptions, startOuter } from "../outer";

/** A task instance as Airflow's REST API has it. */
export interface TaskInstance {
  readonly task_id: string;
  readonly map_index: number;
  readonly state: string | null;
  readonly try_number: number;
}

/** A line of a task's log. */
export interface LogLine {
  readonly event: string;
  readonly level?: string;
}

/** `airflow standalone`: scheduler, triggerer, DAG processor and API server, in the container of an outer Airflow 3. */
export interface Standalone {
  readonly outer: Outer;
  /** Asks the REST API for what is below `/api/v2/`. @throws where it does not answer with success. */
  ask<T>(path: string, body?: object, method?: string): Promise<T>;
  /** Asks again and again, until an answer holds. @throws after three minutes, with what Airflow printed last. */
  until<T>(path: string, holds: (answer: T) => boolean): Promise<T>;
  close(): Promise<void>;
}

/** Asks again and again, until an answer holds. @throws after three minutes, with the last one. */
export async function poll<T>(
  what: string,
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
): Promise<T> {
  const deadline = AbortSignal.timeout(180_000);
  let last: unknown;
  while (!deadline.aborted) {
    try {
      const answer = await ask();
      last = answer;
      if (holds(answer)) return answer;
    } catch (error) {
      last = String(error); // it is not there yet
    }
    await delay(200);
  }
  throw new Error(`Waited in vain for ${what}, which was ${JSON.stringify(last)}`);
}

export async function startStandalone(setup: OuterOptions): Promise<Standalone> {
  const [api, worker, trigger] = [await freePort(), await freePort(), await freePort()];
  const address = `http://127.0.0.1:${api}`;
  const env = {
    ...setup.env,
    AIRFLOW__API__HOST: "127.0.0.1",
    AIRFLOW__API__PORT: String(api),
    AIRFLOW__API__BASE_URL: address,
    AIRFLOW__API__WORKERS: "1",
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${address}/execution/`,
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: "False",
    AIRFLOW__CORE__PARALLELISM: "4",
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: "True",
    AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT: String(worker),
    AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT: String(trigger),
  };
  const outer = await startOuter({ ...setup, env, databaseInPostgres: true });
  let token = "";

  async function ask<T>(path: string, body?: object, method = "POST"): Promise<T> {
    const headers = {
      accept: "application/json",
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
    };
    const asked = body ? { method, headers, body: JSON.stringify(body) } : { headers };
    const answer = await fetch(`${address}/${path.startsWith("auth/") ? path : `api/v2/${path}`}`, asked);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async function until<T>(path: string, holds: (answer: T) => boolean): Promise<T> {
    try {
      return await poll(path, () => ask<T>(path), holds);
    } catch (error) {
      const { output } = await outer.execute(["tail", "-n", "100", "/tmp/standalone.log"]);
      throw new Error(output, { cause: error });
    }
  }

  try {
    const started = await outer.container.exec({
      Cmd: ["bash", "-c", "exec airflow standalone > /tmp/standalone.log 2>&1"],
    });
    await started.start({ Detach: true });
    token = (await until<{ access_token: string }>("auth/token", () => true)).access_token;
    return { outer, ask, until, close: () => outer.close() };
  } catch (error) {
    await outer.close();
    throw error;
  }
}
