import { KubeConfig, type V1Pod, type V1Secret, Watch } from "@kubernetes/client-node";

/** Every state that a namespace's objects of one kind have been in since, as the cluster told them. */
export interface Seen<T> {
  readonly seen: readonly T[];
  stop(): void;
}

export type Pods = Seen<V1Pod>;

export const watchPods = (kubeconfig: string, namespace: string): Promise<Pods> =>
  watchAll(kubeconfig, namespace, "pods");

export const watchSecrets = (kubeconfig: string, namespace: string): Promise<Seen<V1Secret>> =>
  watchAll(kubeconfig, namespace, "secrets");

async function watchAll<T>(kubeconfig: string, namespace: string, kind: string): Promise<Seen<T>> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const seen: T[] = [];
  const watch = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/${kind}`,
    {},
    (_, object: T) => seen.push(object),
    () => {},
  );
  return { seen, stop: () => watch.abort() };
}
