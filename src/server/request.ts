import { setMaxListeners } from "node:events";
import { type CancellationToken, LSPErrorCodes, ResponseError } from "vscode-languageserver";
import { isCancelled } from "../base/abort";

/**
 * Answers a request that waits: with the editor's cancellation as an AbortSignal, and as the protocol tells one
 * that was cancelled.
 */
export async function answerRequest<T>(
  token: CancellationToken,
  answer: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // dozens of requests at once are no leak
  if (token.isCancellationRequested) controller.abort();
  const listening = token.onCancellationRequested(() => controller.abort());
  try {
    return await answer(controller.signal);
  } catch (error) {
    if (isCancelled(error) || controller.signal.aborted) {
      throw new ResponseError(LSPErrorCodes.RequestCancelled, "Cancelled");
    }
    throw error;
  } finally {
    listening.dispose();
  }
}

/** The answer to a request about a text that has changed while it was being answered. */
export function contentModified(): ResponseError<void> {
  return new ResponseError(LSPErrorCodes.ContentModified, "The document has changed meanwhile");
}
