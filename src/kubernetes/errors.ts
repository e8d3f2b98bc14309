import { cancelled } from "../base/abort";
import { AirlockError, messageOf } from "../base/errors";
import type { Cluster } from "./connect";

/** The status that the API server answered; undefined where it did not answer. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const status = typeof code === "number" ? code : statusCode;
  return typeof status === "number" ? status : undefined;
}

/**
 * What a call of the cluster failed with.
 * @param doing what did not come about: `Could not make a pod`.
 */
export function clusterError(
  error: unknown,
  { context, namespace }: Pick<Cluster, "context" | "namespace">,
  doing: string,
  signal?: AbortSignal,
): AirlockError {
  if (signal?.aborted) return cancelled(error);
  if (error instanceof AirlockError) return error;
  const status = statusOf(error);
  const reason = reasonOf(error);
  if (status === 403) {
    return new AirlockError({
      kind: "engine",
      code: "cluster-refused",
      message: `${doing}: the cluster does not allow it`,
      detail: reason,
      next: `Ask for a role in the namespace ${namespace} that may create, get, list, watch, patch and delete pods, create pods/exec and get pods/log`,
      cause: error,
    });
  }
  if (status === 401) {
    return new AirlockError({
      kind: "engine",
      code: "cluster-login",
      message: `${doing}: the cluster does not know the user of the context ${context}`,
      detail: reason,
      next: "Log in again, as kubectl does for that context",
      cause: error,
    });
  }
  return new AirlockError({
    kind: "engine",
    code: status === undefined ? "cluster-unreachable" : "engine-failed",
    message: status === undefined ? `${doing}: the cluster of the context ${context} does not answer` : doing,
    detail: reason,
    next:
      status === undefined
        ? `kubectl --context ${context} get pods tells whether it can be reached`
        : undefined,
    cause: error,
  });
}

/** What the API server said in words (a `Status`, of kubernetes.io/docs "API conventions"); else the error's own message. */
function reasonOf(error: unknown): string {
  const body = (error as { body?: unknown })?.body;
  try {
    const status = typeof body === "string" ? JSON.parse(body) : body;
    if (typeof status?.message === "string") return status.message;
  } catch {
    // It is no Status.
  }
  return messageOf(error);
}
