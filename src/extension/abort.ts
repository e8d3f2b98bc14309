import { setMaxListeners } from "node:events";
import type { CancellationToken } from "vscode";

/** The editor's Cancel as the signal that all of Airlock waits with. */
export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // dozens of requests at once are no leak
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
