import { KubeConfig, type V1Pod, Watch } from "@kubernetes/client-node";

/** Every state that a namespace's pods have been in since, as the cluster told them. */
export interface Pods {
  readonly seen: readonly V1Pod[];
  stop(): void;
}

export async function watchPods(kubeconfig: string, namespace: string): Promise<Pods> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const seen: V1Pod[] = [];
  const watch = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/pods`,
    {},
    (_, pod: V1Pod) => seen.push(pod),
    () => {},
  );
  return { seen, stop: () => watch.abort() };
}
