import { readFile } from "node:fs/promises";
import type { Connection } from "vscode-languageserver";
import { readDagFile } from "../../dag/dag-file";
import { isolatedTasks } from "../../dag/isolated-tasks";
import { type TasksResult, tasksParams, tasksRequest } from "../../protocol/messages";
import { pathOf, type Session } from "../session";

/** `airlock/tasks`: the isolated tasks of a file, as it is in the editor, else on disk. */
export function handleTasks(connection: Connection, session: Session): void {
  connection.onRequest(tasksRequest, async (params: unknown): Promise<TasksResult> => {
    const { uri } = tasksParams.parse(params);
    const path = pathOf(uri);
    const file =
      session.documents.get(uri)?.file ??
      readDagFile(path === undefined ? "" : await readFile(path, "utf8").catch(() => ""));
    return isolatedTasks(file).flatMap(({ taskId, line, environment, operator }) =>
      taskId === undefined ? [] : [{ taskId, line, environment, operator }],
    );
  });
}
