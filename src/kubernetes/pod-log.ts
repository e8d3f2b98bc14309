import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { cancelled } from "../base/abort";
import type { Cluster } from "./connect";
import { clusterError } from "./errors";
import { baseContainer, exitIn, type PodExit } from "./pod";
import { watchPod } from "./watch-pod";

/**
 * Pours what a pod's container writes into a stream, as it comes, and ends that with the container.
 * @throws AirlockError as `clusterError`, `cancelled`.
 */
export async function followLog(
  cluster: Cluster,
  pod: string,
  into: Writable,
  signal: AbortSignal,
): Promise<void> {
  const { Log } = await import("./library");
  const { config, namespace } = cluster;
  try {
    const following = await new Log(config).log(namespace, pod, baseContainer, into, { follow: true });
    const onAbort = () => following.abort();
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    await finished(into, { readable: false }).finally(() => signal.removeEventListener("abort", onAbort));
  } catch (error) {
    throw clusterError(error, cluster, `Could not follow the log of the pod ${pod}`, signal);
  }
}

/** How a pod's container ended, once it has. @throws AirlockError `pod-gone`, as `clusterError`, `cancelled`. */
export async function exitOfPod(cluster: Cluster, name: string, signal: AbortSignal): Promise<PodExit> {
  for await (const pod of watchPod(cluster, name, signal)) {
    const exit = exitIn(pod);
    if (exit) return exit;
  }
  throw cancelled(signal.reason);
}
