import type { V1Pod } from "@kubernetes/client-node";
import type { Cluster } from "../../../kubernetes/connect";
import { deletePod } from "../../../kubernetes/pod";
import { deleteSecret } from "../../../kubernetes/secret";
import type { Owner } from "../owner";
import { annotations, labels, manager } from "./labels";

/** A pod that has ended this long ago is looked at by nobody any more. */
const endedMs = 60_000;

/**
 * Deletes the pods that clients have left which were killed: those that have ended, those that nobody waits for any more to
 * start, and those whose owner is gone. Never throws.
 * @param startLimitMs how long a client waits for one to start.
 */
export async function sweepPods(
  cluster: Cluster,
  owner: Owner,
  startLimitMs: number,
  now = Date.now(),
): Promise<void> {
  const { core, namespace } = cluster;
  try {
    const { items } = await core.listNamespacedPod({
      namespace,
      labelSelector: `${labels.manager}=${manager}`,
    });
    const left = items.filter(
      (pod) =>
        owner.isGone(pod.metadata?.annotations?.[annotations.owner]) ||
        endedAt(pod) < now - endedMs ||
        pendingSince(pod) < now - 2 * startLimitMs,
    );
    await Promise.allSettled(left.map(({ metadata }) => deletePod(cluster, metadata?.name ?? "")));
  } catch {
    // Who may not list pods leaves none that others could remove.
  }
  await sweepSecrets(cluster, owner).catch(() => {});
}

/** Those of clients that were killed before their pod had them; one that a pod has goes with it. */
async function sweepSecrets(cluster: Cluster, owner: Owner): Promise<void> {
  const { core, namespace } = cluster;
  const { items } = await core.listNamespacedSecret({
    namespace,
    labelSelector: `${labels.manager}=${manager}`,
  });
  const left = items.filter(
    ({ metadata }) => !metadata?.ownerReferences && owner.isGone(metadata?.annotations?.[annotations.owner]),
  );
  await Promise.allSettled(left.map(({ metadata }) => deleteSecret(cluster, metadata?.name ?? "")));
}

function endedAt({ status }: V1Pod): number {
  if (status?.phase !== "Succeeded" && status?.phase !== "Failed") return Number.POSITIVE_INFINITY;
  const ends = (status.containerStatuses ?? []).map(
    ({ state }) => state?.terminated?.finishedAt?.getTime() ?? 0,
  );
  return Math.max(0, ...ends);
}

function pendingSince({ status, metadata }: V1Pod): number {
  if (status?.phase !== "Pending") return Number.POSITIVE_INFINITY;
  return metadata?.creationTimestamp?.getTime() ?? Number.POSITIVE_INFINITY;
}
