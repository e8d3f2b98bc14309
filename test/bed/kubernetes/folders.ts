import { join } from "node:path";
import { missing } from "../errors";

/** Where the cluster's files lie. */
export function foldersOf(cache: string) {
  const root = join(cache, "kubernetes");
  /** Of one life of the cluster: `down` removes it. */
  const run = join(root, "run");
  return {
    root,
    run,
    logs: join(root, "logs"),
    containerd: join(run, "containerd.sock"),
    etcd: join(run, "etcd.sock"),
    kubeconfig: join(run, "kubeconfig"),
    key: join(run, "key.pem"),
    certificate: join(run, "certificate.pem"),
    tokens: join(run, "tokens.csv"),
    kubelet: join(run, "kubelet"),
  };
}

export type Folders = ReturnType<typeof foldersOf>;

/** @throws `missing` where a socket's path would be longer than the kernel takes. */
export function checkLength({ kubelet }: Folders): void {
  if (join(kubelet, "pod-resources", "kubelet.sock.0123456789").length <= 107) return;
  throw missing(
    "a shorter path for the cluster's sockets (a unix socket's has 107 characters)",
    "set AIRLOCK_TEST_CACHE to a shorter folder",
  );
}
