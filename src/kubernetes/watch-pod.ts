import { setTimeout as delay } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import { AirlockError } from "../base/errors";
import type { Cluster } from "./connect";
import { clusterError, statusOf } from "./errors";

/** Tries one after another in which the cluster told nothing, and the time between two. */
const mostFailures = 10;
const pauseMs = 500;

/**
 * A pod as it is, and each time that it changes, until the signal aborts. A watch that the server ends, or that drops, is begun
 * anew.
 * @throws AirlockError `pod-gone`, as `clusterError`, `cancelled`.
 */
export async function* watchPod(cluster: Cluster, name: string, signal: AbortSignal): AsyncGenerator<V1Pod> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const pod of watchOnce(cluster, name, signal)) {
        failures = 0;
        yield pod;
      }
    } catch (error) {
      failures += 1;
      const isFinal = error instanceof AirlockError || (statusOf(error) ?? 500) < 500;
      if (signal.aborted || isFinal || failures > mostFailures) {
        throw clusterError(error, cluster, `Could not watch the pod ${name}`, signal);
      }
      await delay(pauseMs);
    }
  }
}

/** @throws whatever the library throws; AirlockError `pod-gone`. */
async function* watchOnce(cluster: Cluster, name: string, signal: AbortSignal): AsyncGenerator<V1Pod> {
  const { Watch } = await import("./library");
  const { config, core, namespace } = cluster;
  const fieldSelector = `metadata.name=${name}`;
  const { items, metadata } = await core.listNamespacedPod({ namespace, fieldSelector });
  const [now] = items;
  if (!now) throw gone(name);
  yield now;
  const changes = new Changes();
  const onAbort = () => changes.end(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const watching = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/pods`,
    { fieldSelector, resourceVersion: metadata?.resourceVersion },
    (kind, pod: V1Pod) => {
      if (kind === "DELETED") changes.end(gone(name));
      // That version is too old.
      else if (kind === "ERROR") changes.end();
      else changes.add(pod);
    },
    (error) => changes.end(error ?? undefined),
  );
  try {
    yield* changes.all();
  } finally {
    signal.removeEventListener("abort", onAbort);
    watching.abort();
  }
}

class Changes {
  readonly #pods: V1Pod[] = [];
  #ended: { readonly error?: unknown } | undefined;
  #wake = () => {};

  add(pod: V1Pod): void {
    this.#pods.push(pod);
    this.#wake();
  }

  /** @param error undefined where the watch has ended as watches do. */
  end(error?: unknown): void {
    this.#ended ??= { error };
    this.#wake();
  }

  async *all(): AsyncGenerator<V1Pod> {
    while (true) {
      const pod = this.#pods.shift();
      if (pod) yield pod;
      else if (this.#ended?.error !== undefined) throw this.#ended.error;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

function gone(name: string): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "pod-gone",
    message: `The pod ${name} is gone: it was deleted`,
    next: "Run it again",
  });
}
