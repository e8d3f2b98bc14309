import type { V1ObjectMeta } from "@kubernetes/client-node";
import { AirlockError } from "../base/errors";
import type { Cluster } from "./connect";
import { clusterError, statusOf } from "./errors";
import { readPod } from "./pod";

/**
 * Makes a Secret, whose name the cluster completes.
 * @param values by key.
 * @returns its name.
 * @throws AirlockError as `clusterError`, which says what right is missing.
 */
export async function createSecret(
  cluster: Cluster,
  metadata: V1ObjectMeta,
  values: Readonly<Record<string, string>>,
): Promise<string> {
  const { core, namespace } = cluster;
  const body = { metadata: { generateName: "airlock-", ...metadata }, stringData: { ...values } };
  try {
    const made = await core.createNamespacedSecret({ namespace, body });
    return made.metadata?.name ?? "";
  } catch (error) {
    throw secretError(error, cluster, `Could not make a Secret in the namespace ${namespace}`);
  }
}

/** Has a Secret go with a pod, as soon as that is deleted by whomever. @throws AirlockError `pod-gone`, as `createSecret`. */
export async function giveToPod(cluster: Cluster, secret: string, pod: string): Promise<void> {
  const { core, namespace } = cluster;
  const uid = (await readPod(cluster, pod))?.metadata?.uid;
  const owner = { apiVersion: "v1", kind: "Pod", name: pod, uid };
  // The library sends an array as a JSON patch (RFC 6902).
  const body = [{ op: "add", path: "/metadata/ownerReferences", value: [owner] }];
  try {
    await core.patchNamespacedSecret({ namespace, name: secret, body });
  } catch (error) {
    throw secretError(error, cluster, `Could not give the Secret ${secret} to its pod`);
  }
}

/** One that is gone already is none. @throws AirlockError as `createSecret`. */
export async function deleteSecret(cluster: Cluster, name: string): Promise<void> {
  const { core, namespace } = cluster;
  await core.deleteNamespacedSecret({ namespace, name }).catch((error) => {
    if (statusOf(error) === 404) return;
    throw secretError(error, cluster, `Could not delete the Secret ${name}`);
  });
}

function secretError(error: unknown, cluster: Cluster, doing: string): AirlockError {
  if (statusOf(error) !== 403) return clusterError(error, cluster, doing);
  return new AirlockError({
    kind: "engine",
    code: "cluster-refused",
    message: `${doing}: the cluster does not allow it`,
    next: `Ask for a role in the namespace ${cluster.namespace} that may create, patch and delete secrets: the operator's variables come from some`,
    cause: error,
  });
}
