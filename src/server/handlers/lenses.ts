import { type CodeLens, CodeLensRefreshRequest, type Connection } from "vscode-languageserver";
import { taskLenses } from "../../language/lenses";
import { commands, type TaskArgument } from "../../protocol/commands";
import { outcomes, outcomesParams, type TaskOutcome } from "../../protocol/messages";
import type { Session } from "../session";

/** `textDocument/codeLens`: run, and while it runs cancel, and how it went last (told by `airlock/outcomes`). */
export function handleLenses(
  connection: Connection,
  session: Session,
  options: { readonly refresh: boolean },
): void {
  const told = new Map<string, TaskOutcome>();
  const keyOf = (uri: string, taskId: string) => JSON.stringify([uri, taskId]);

  connection.onCodeLens(({ textDocument: { uri } }): CodeLens[] => {
    const opened = session.documents.get(uri);
    if (!opened) return [];
    return taskLenses(opened.file).flatMap(({ range, taskId, line }) => {
      const argument: TaskArgument = { uri, taskId, line };
      const outcome = told.get(keyOf(uri, taskId));
      const lens = (title: string, command: string): CodeLens => ({
        range,
        command: { title, command, arguments: [argument] },
      });
      return [
        outcome?.running
          ? lens("■ Cancel", commands.cancelRun.id)
          : lens("▶ Run isolated task", commands.run.id),
        ...(outcome?.title ? [lens(outcome.title, commands.showRun.id)] : []),
      ];
    });
  });

  connection.onNotification(outcomes, (params: unknown) => {
    const parsed = outcomesParams.safeParse(params);
    if (!parsed.success) return;
    for (const outcome of parsed.data.outcomes) told.set(keyOf(outcome.uri, outcome.taskId), outcome);
    if (options.refresh) void connection.sendRequest(CodeLensRefreshRequest.type);
  });
}
