import { AirlockError } from "./errors";

/** The one error for all that was cancelled. */
export function cancelled(cause?: unknown): AirlockError {
  return new AirlockError({ kind: "cancelled", code: "cancelled", message: "Cancelled", cause });
}

export function isCancelled(error: unknown): boolean {
  return error instanceof AirlockError && error.kind === "cancelled";
}

/** The error by which Node ends what a signal aborts, and readline a question at Ctrl-C or Ctrl-D. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** @throws the `cancelled` error when the signal has been aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal.reason);
}

/**
 * Settles as `promise` does, or rejects with `cancelled` as soon as the signal aborts.
 * The promise itself goes on: who starts something is to stop it.
 */
export function orCancelled<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(cancelled(signal.reason));
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(cancelled(signal.reason));
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
