import { orCancelled } from "../base/abort";
import type { Cluster } from "./connect";
import { clusterError } from "./errors";

/** Whether a cluster answers, and lets us look at pods. @throws AirlockError as `clusterError`; `cancelled`. */
export async function ping(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const { core, namespace } = cluster;
  await orCancelled(core.listNamespacedPod({ namespace, limit: 1 }), signal).catch((error) => {
    throw clusterError(error, cluster, "Could not list pods", signal);
  });
}
