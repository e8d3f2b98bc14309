import { type ConnectOptions, connectCluster } from "../../../kubernetes/connect";
import { readInsideFiles } from "./inside-files";
import { KubernetesWaiting } from "./kubernetes-waiting";

/** The runners that wait in a cluster's namespace, of all projects. @throws AirlockError as `connectCluster`. */
export async function waitingInCluster(options: ConnectOptions): Promise<KubernetesWaiting> {
  const [cluster, inside] = await Promise.all([connectCluster(options), readInsideFiles()]);
  return new KubernetesWaiting(cluster, inside);
}
