import { type LogOutputChannel, type Progress, ProgressLocation, window } from "vscode";
import { throwIfCancelled } from "../base/abort";
import { signalOf } from "./abort";
import type { BuildDiagnostics } from "./build-diagnostics";
import { showFailure } from "./failure";
import type { LanguageServer } from "./language-server";

/** What building and pushing need of the editor. */
export interface ImageJobs {
  readonly log: LogOutputChannel;
  readonly diagnostics: BuildDiagnostics;
  readonly server: LanguageServer;
}

/** Text without colour, for the log. */
export const plain = (_: unknown, text: string): string => text;

/**
 * Shows a job as a notification that can be cancelled.
 * @returns what the job returns; undefined where it was cancelled or failed, which has been told then.
 */
export function withJob<T>(
  { log }: ImageJobs,
  doing: string,
  job: (tell: (message: string) => void, signal: AbortSignal) => Promise<T>,
): Thenable<T | undefined> {
  const options = { location: ProgressLocation.Notification, title: `Airlock: ${doing}`, cancellable: true };
  return window.withProgress(options, async (progress: Progress<{ message?: string }>, token) => {
    const signal = signalOf(token);
    log.info(doing);
    try {
      throwIfCancelled(signal);
      return await job((message) => progress.report({ message }), signal);
    } catch (error) {
      showFailure(doing, error, log);
      return undefined;
    }
  });
}
