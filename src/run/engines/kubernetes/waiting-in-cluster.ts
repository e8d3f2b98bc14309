import { type ConnectOptions, connectCluster } from "../../../kubernetes/connect";
import { readOwner } from "../owner";
import { readInsideFiles } from "./inside-files";
import { KubernetesWaiting } from "./kubernetes-waiting";

/** The runners that wait in a cluster's namespace, of all projects of this user. @throws AirlockError as `connectCluster`. */
export async function waitingInCluster(
  options: ConnectOptions & { readonly env: NodeJS.ProcessEnv },
): Promise<KubernetesWaiting> {
  const [cluster, inside, owner] = await Promise.all([
    connectCluster(options),
    readInsideFiles(),
    readOwner(options.env),
  ]);
  return new KubernetesWaiting(cluster, inside, owner.machine);
}
