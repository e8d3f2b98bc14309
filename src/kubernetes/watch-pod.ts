import type { V1Pod } from "@kubernetes/client-node";
import { AirlockError } from "../base/errors";
import type { Cluster } from "./connect";
import { clusterError } from "./errors";

/**
 * A pod as it is, and each time that it changes, until the signal aborts. A watch that the server ends is begun anew.
 * @throws AirlockError `pod-gone`, as `clusterError`, `cancelled`.
 */
export async function* watchPod(cluster: Cluster, name: string, signal: AbortSignal): AsyncGenerator<V1Pod> {
  const { Watch } = await import("./library");
  const { config, namespace } = cluster;
  while (!signal.aborted) {
    const changes = new Changes();
    const onAbort = () => changes.end(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    // Without a resourceVersion it begins with the pod as it is.
    const watching = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/pods`,
      { fieldSelector: `metadata.name=${name}` },
      (kind, pod: V1Pod) => (kind === "DELETED" ? changes.end(gone(name)) : changes.add(pod)),
      (error) => changes.end(error ?? undefined),
    );
    try {
      yield* changes.all();
    } catch (error) {
      throw clusterError(error, cluster, `Could not watch the pod ${name}`, signal);
    } finally {
      signal.removeEventListener("abort", onAbort);
      watching.abort();
    }
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
    message: `The pod ${name} was deleted while it started`,
    next: "Run it again",
  });
}
