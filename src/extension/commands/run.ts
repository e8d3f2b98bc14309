import { Uri, window, workspace } from "vscode";
import { AirlockError } from "../../base/errors";
import { commands, type TaskArgument } from "../../protocol/commands";
import type { LanguageServer } from "../language-server";
import { saved } from "../projects";
import type { TaskRuns } from "../task-runs";
import { taskArgument } from "./arguments";

/** Runs the task of a lens, or one that the user picks from the active editor; resolves with its outcome in words. */
export async function run(
  runs: TaskRuns,
  server: LanguageServer,
  argument: unknown,
): Promise<string | undefined> {
  const task = await chooseTask(server, argument);
  if (!task) return undefined;
  await saved(await workspace.openTextDocument(Uri.parse(task.uri)));
  return runs.run(task);
}

async function chooseTask(server: LanguageServer, argument: unknown): Promise<TaskArgument | undefined> {
  const given = taskArgument.safeParse(argument);
  if (given.success) return given.data;
  const uri = window.activeTextEditor?.document.uri.toString();
  const tasks = uri ? await server.tasks(uri) : [];
  if (!uri || tasks.length === 0) throw noTask();
  const items = tasks.map(({ taskId, environment, operator, line }) => ({
    label: taskId,
    description: environment ?? "",
    detail: operator ?? "",
    task: { uri, taskId, line },
  }));
  const options = { title: commands.run.title, placeHolder: "An isolated task of this file" };
  return (await window.showQuickPick(items, options))?.task;
}

function noTask(): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "no-task",
    message: "The active editor shows no isolated task",
    next: "Open a DAG file that calls IsolatedOperator(task_id=…)",
  });
}
