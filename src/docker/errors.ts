import { cancelled } from "../base/abort";
import { AirlockError, messageOf } from "../base/errors";

/** The HTTP status of an error that the engine answered with (docker-modem puts it there). */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}

/** What the engine said, without docker-modem's `(HTTP code 500) server error - ` before it. */
export function reasonOf(error: unknown): string {
  return messageOf(error)
    .replace(/^\(HTTP code \d+\) [^-]*- /, "")
    .trim();
}

/**
 * Whatever a call to the engine threw, as an expected failure: `cancelled` where the signal aborted
 * (an aborted stream rejects with ECONNRESET), else `engine-failed` with what the engine said.
 */
export function engineError(error: unknown, doing: string, signal?: AbortSignal): AirlockError {
  if (error instanceof AirlockError) return error;
  if (signal?.aborted) return cancelled(error);
  return new AirlockError({
    kind: "engine",
    code: "engine-failed",
    message: `${doing}: ${reasonOf(error)}`,
    ...(isConnectionLoss(error) && { next: "Is the container engine still running? Start it and try again" }),
    cause: error,
  });
}

function isConnectionLoss(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return ["ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE", "ETIMEDOUT"].includes(String(code));
}

export function imageNotFound(reference: string, cause?: unknown): AirlockError {
  return new AirlockError({
    kind: "build",
    code: "image-not-found",
    message: `The engine has no image ${reference}`,
    next: "Build it first: airlock build",
    cause,
  });
}
