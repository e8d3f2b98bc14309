import { existsSync } from "node:fs";
import { aptInstall, isRootOnDebian } from "../apt";
import type { Bed, Part } from "../bed";
import { missing } from "../errors";
import { kubernetesBinary } from "./binary";
import { busyboxImage, imagePackages } from "./busybox-image";
import { checkLength, foldersOf } from "./folders";
import { kubeletFolder } from "./kubelet";
import { podHost } from "./network";
import { startCluster } from "./start";
import { clusterState, isUp } from "./state";
import { stopCluster } from "./stop";

export interface KubernetesEnv {
  /** The administrator's kubeconfig, complete in one file. */
  readonly kubeconfig: string;
  /** This machine's address as pods see it. */
  readonly podHost: string;
  /** A small image that the node has: a shell, the usual programs, pgrep. */
  readonly sidecarImage: string;
}

/** The cluster that the bed has up, or undefined where it has none. */
export function kubernetesEnv(cache: string): KubernetesEnv | undefined {
  const state = clusterState.read(cache);
  if (!state || !isUp(state)) return undefined;
  return { kubeconfig: foldersOf(cache).kubeconfig, podHost, sidecarImage: busyboxImage };
}

/**
 * A Kubernetes of one node, fresh each time that it comes up: real components, Debian's containerd, and no more network
 * than between pods and this machine.
 */
export const kubernetes = {
  name: "kubernetes",
  needs: [],
  async up(bed: Bed) {
    const known = clusterState.read(bed.cache);
    if (known && isUp(known)) {
      bed.say(`is up at https://127.0.0.1:${known.port}`);
      return;
    }
    if (!isRootOnDebian()) {
      throw missing("Kubernetes", "run the bed as root on Debian 12, or in a privileged container of it");
    }
    checkLength(foldersOf(bed.cache));
    if (await stopCluster(bed.cache)) bed.say("removed what a former cluster had left");
    if (existsSync(kubeletFolder)) {
      throw missing(
        `a machine without another kubelet (there is ${kubeletFolder})`,
        "stop that one's cluster; where none runs, remove the folder",
      );
    }
    await aptInstall(bed, {
      packages: [
        ...["containerd", "runc", "containernetworking-plugins", "iproute2", "openssl"],
        ...imagePackages,
      ],
      services: ["containerd.service"],
    });
    const binary = await kubernetesBinary(bed);
    const started = Date.now();
    const port = await startCluster(bed.cache, binary);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    bed.say(`started Kubernetes at https://127.0.0.1:${port} in ${seconds} s`);
  },
  async down(bed: Bed) {
    if (await stopCluster(bed.cache)) bed.say("stopped");
  },
} as const satisfies Part;
