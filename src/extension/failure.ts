import { basename } from "node:path";
import { type LogOutputChannel, Position, Selection, Uri, window, workspace } from "vscode";
import { isCancelled } from "../base/abort";
import { formatError, formatPlace, type Place } from "../base/errors";
import { type Failure, failureOf } from "../base/failure";

/** Opens a file, at its line where one is known. */
export async function openPlace({ file, line, column }: Place): Promise<void> {
  const at = new Position((line ?? 1) - 1, (column ?? 1) - 1);
  await window.showTextDocument(Uri.file(file), line ? { selection: new Selection(at, at) } : {});
}

/** What a failure says in one paragraph: what, where, and what to do. */
export function failureText(doing: string, { message, place, next }: Failure): string {
  const where = place ? ` (${formatPlace({ ...place, file: workspace.asRelativePath(place.file) })})` : "";
  return `${doing}: ${message}${where}.${next ? ` ${next}.` : ""}`;
}

/**
 * Tells a failure once: in full in the log, in a sentence as a message with the ways to look closer.
 * What the user cancelled is no failure. Does not wait for the message to be dismissed.
 */
export function showFailure(doing: string, error: unknown, log: LogOutputChannel): void {
  if (isCancelled(error)) {
    log.info(`${doing}: cancelled`);
    return;
  }
  log.error(`${doing}: ${formatError(error)}`);
  tellFailure(doing, failureOf(error), log);
}

/** The message alone, for a failure that is in the log already. */
export function tellFailure(doing: string, failure: Failure, log: LogOutputChannel): void {
  const { place } = failure;
  const output = "Show Output";
  const open =
    place &&
    `Open ${formatPlace({ file: basename(place.file), ...(place.line ? { line: place.line } : {}) })}`;
  void window
    .showErrorMessage(failureText(doing, failure), output, ...(open ? [open] : []))
    .then((chosen) => {
      if (chosen === output) log.show();
      else if (place && chosen === open) return openPlace(place);
    });
}
