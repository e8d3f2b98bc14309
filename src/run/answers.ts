import { lookUp } from "../project/connections";
import type { Connection, Task } from "./contract";
import type { Answerer } from "./conversation";

/** What a local run knows of connections and variables: the project's files. */
export interface Known {
  readonly connections: ReadonlyMap<string, Connection>;
  readonly variables: ReadonlyMap<string, string>;
}

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
 * Answers a running task from the project's files; what it sets is seen by this run alone.
 * An XCom of another task is not there, as in `airflow tasks test`: the task gets None, and the user is told.
 */
export function localAnswers(known: Known, notice: (message: string) => void): Answerer {
  const set = new Map<string, string>();
  return (question) => {
    switch (question.kind) {
      case "connection":
        return lookUp(known.connections, question.id) ?? null;
      case "variable":
        return set.get(question.id) ?? lookUp(known.variables, question.id) ?? null;
      case "set_variable":
        set.set(question.id, question.value);
        return null;
      case "xcom":
        notice(
          `The XCom "${question.key}" of ${question.task_id ?? "any task"} is not there (only this task runs): it is None`,
        );
        return [];
      case "previous_run":
      case "asset":
        return null;
      case "asset_events":
        return [];
    }
  };
}

function pick<T>(names: readonly string[], from: ReadonlyMap<string, T>): Record<string, T> {
  const picked: Record<string, T> = {};
  for (const name of names) {
    const value = lookUp(from, name);
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
