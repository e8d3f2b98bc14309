import { styleText } from "node:util";
import { type LogOutputChannel, Uri } from "vscode";
import { isCancelled } from "../base/abort";
import { formatError } from "../base/errors";
import { diskFiles } from "../base/files";
import type { Style } from "../base/style";
import type { RunEvent, RunResult } from "../run/events";
import { askMapIndex } from "./ask-map-index";
import type { BuildDiagnostics } from "./build-diagnostics";
import { engineEnv } from "./engine-env";
import type { LanguageServer } from "./language-server";
import type { ReadySpares } from "./ready-spares";
import type { Launch } from "./task-runs";

/** Runs a task in its image as the command line does, in this process. */
export function launchTask(
  server: LanguageServer,
  diagnostics: BuildDiagnostics,
  spares: ReadySpares,
  log: LogOutputChannel,
): Launch {
  return async (task, write, signal) => {
    const dagFile = Uri.parse(task.uri).fsPath;
    const [{ runTask }, { outcomeLine, outcomeMark, runReport }] = await Promise.all([
      import("../run/run-task"),
      import("../run/report"),
    ]);
    const report = runReport(write, coloured);
    const built: string[] = [];
    const onEvent = (event: RunEvent) => {
      report(event);
      if (event.event !== "build") return;
      diagnostics.note(event);
      if (event.state === "succeeded") built.push(event.reference);
    };
    try {
      const options = { dagFile, taskId: task.taskId, env: engineEnv(), files: diskFiles, askMapIndex };
      const result = await runTask(options, onEvent, signal);
      write(outcomeLine(result, coloured));
      spares.after(result);
      return outcomeTitle(result, outcomeMark);
    } catch (error) {
      write(isCancelled(error) ? coloured("yellow", "○ cancelled") : coloured("red", formatError(error)));
      log.info(`${task.taskId}: ${formatError(error)}`);
      throw error;
    } finally {
      if (built.length > 0) void server.tellImagesChanged(built);
    }
  };
}

/** The outcome for a lens: `✔ success 3.1 s`. */
function outcomeTitle(
  { outcome, milliseconds }: RunResult,
  mark: (state: string) => readonly [string, string],
): string {
  return `${mark(outcome.state)[0]} ${outcome.state} ${(milliseconds / 1000).toFixed(1)} s`;
}

/** The editor's terminal has colours, whatever the extension host's streams are. */
const coloured: Style = (format, text) => styleText(format, text, { validateStream: false });
