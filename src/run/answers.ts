import type { KeptXCom, XComStore } from "../history/xcoms";
import { lookUp } from "../project/connections";
import type { Connection, Question, Task, Value } from "./contract";
import type { Answerer } from "./conversation";

/** What a local run knows of connections and variables: the project's files. */
export interface Known {
  readonly connections: ReadonlyMap<string, Connection>;
  readonly variables: ReadonlyMap<string, string>;
  /** The project's own environment variables. */
  readonly environ: Readonly<Record<string, string>>;
  /** Asks a person for what is not known. */
  readonly ask?: AskMissing | undefined;
}

/** @returns what a person says a connection (as a URI or as JSON) or a variable is; undefined where nobody says it. */
export type AskMissing = (kind: "connection" | "variable", id: string) => Promise<string | undefined>;

/** The part of what is known that the task is foreseen to need; the rest it asks for. */
export function foreseen(
  task: Pick<Task, "conn_ids" | "variables">,
  known: Known,
): { connections: Record<string, Connection>; variables: Record<string, string> } {
  return {
    connections: pick(task.conn_ids, known.connections),
    variables: pick(task.variables, known.variables),
  };
}

/**
 * Answers a running task from the project's files, and with the XComs that earlier local runs left; what it sets is seen
 * by this run alone. Of an XCom that is not there the user is told: the task gets None.
 * @param set the variables that this run has set, which all its tasks share.
 */
export function localAnswers(
  known: Known,
  notice: (message: string) => void,
  xcoms?: Pick<XComStore, "list">,
  set = new Map<string, string>(),
): Answerer {
  return async (question) => {
    switch (question.kind) {
      case "connection":
        return lookUp(known.connections, question.id) ?? (await askedConnection(known, question.id));
      case "variable":
        return (
          set.get(question.id) ??
          lookUp(known.variables, question.id) ??
          (await known.ask?.("variable", question.id)) ??
          null
        );
      case "set_variable":
        set.set(question.id, question.value);
        return null;
      case "xcom":
        return pulled(question, xcoms, notice);
      case "previous_run":
      case "asset":
        return null;
      case "asset_events":
        return [];
      case "container":
      case "container_output":
      case "container_file":
        throw new Error("No containers are started here");
    }
  };
}

/** As a person says it; the runner takes JSON for a URI, too, as Airflow does. */
async function askedConnection({ ask }: Known, id: string): Promise<Connection | null> {
  const text = await ask?.("connection", id);
  return text === undefined ? null : { uri: text };
}

/** The values of a task's instances; where any task will do, of the one that ran last. */
async function pulled(
  question: Extract<Question, { kind: "xcom" }>,
  xcoms: Pick<XComStore, "list"> | undefined,
  notice: (message: string) => void,
): Promise<{ map_index: number; value: Value }[]> {
  const { dag_id, task_id, key, map_index } = question;
  const all = (await xcoms?.list({ dagId: dag_id, taskId: task_id ?? undefined, key })) ?? [];
  const newest = all.reduce<KeptXCom | undefined>(
    (last, one) => (last && last.kept >= one.kept ? last : one),
    undefined,
  );
  const found = all.filter(
    (one) => one.task_id === newest?.task_id && (map_index === undefined || one.map_index === map_index),
  );
  const name = `The XCom "${key}" of ${task_id ?? "any task"}`;
  if (found.length === 0)
    notice(`${name} is not there: it is None. Run that task first, or set it: airlock xcom set`);
  if (found.some(({ masked }) => masked))
    notice(`${name} held a secret, which is not kept: it is what Airflow would show`);
  return found
    .map(({ map_index, value }) => ({ map_index, value }))
    .sort((one, other) => one.map_index - other.map_index);
}

function pick<T>(names: readonly string[], from: ReadonlyMap<string, T>): Record<string, T> {
  const picked: Record<string, T> = {};
  for (const name of names) {
    const value = lookUp(from, name);
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
