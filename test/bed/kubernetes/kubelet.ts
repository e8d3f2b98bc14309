import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { askApi } from "./api";
import type { Component } from "./component";
import type { Folders } from "./folders";

/** Where every kubelet keeps what device plugins need, wherever its own root is. */
export const kubeletFolder = "/var/lib/kubelet";

/** What every kubelet makes on its machine: links to the logs of all containers are in the second. */
export const kubeletFolders = [kubeletFolder, "/var/log/containers"];

/** By this name the API server reaches the kubelet. */
const nodeName = "localhost";

const nodeSchema = z.object({
  spec: z.object({ taints: z.array(z.unknown()).optional() }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
});

export interface Ports {
  readonly api: number;
  readonly kubelet: number;
}

/** The one node. Ready when it says so, and when nothing keeps pods away from it any more. */
export function kubelet(binary: string, folders: Folders, ports: Ports): Component {
  const config = join(folders.run, "kubelet.yaml");
  // JSON is YAML too.
  writeFileSync(config, JSON.stringify(configOf(folders, ports.kubelet), null, 2));
  return {
    name: "kubelet",
    program: binary,
    args: [
      ...["kubelet", `--config=${config}`, `--kubeconfig=${folders.kubeconfig}`],
      ...[`--root-dir=${folders.kubelet}`, `--hostname-override=${nodeName}`],
    ],
    async ready() {
      const answer = await askApi(folders, ports.api, `/api/v1/nodes/${nodeName}`);
      if (answer?.status !== 200) return false;
      const { spec, status } = nodeSchema.parse(JSON.parse(answer.body));
      return (
        (spec.taints ?? []).length === 0 &&
        status.conditions.some((condition) => condition.type === "Ready" && condition.status === "True")
      );
    },
  };
}

/** KubeletConfiguration (kubelet.config.k8s.io/v1beta1). */
function configOf(folders: Folders, port: number) {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: "127.0.0.1",
    port,
    healthzPort: 0,
    tlsCertFile: folders.certificate,
    tlsPrivateKeyFile: folders.key,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: folders.certificate },
    },
    authorization: { mode: "AlwaysAllow" },
    containerRuntimeEndpoint: `unix://${folders.containerd}`,
    podLogsDir: join(folders.run, "pod-logs"),
    volumePluginDir: join(folders.run, "volume-plugins"),
    // There may be no systemd, cgroups of version 1, rights that fall short of a real root's, and a swap file.
    cgroupDriver: "cgroupfs",
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    featureGates: { KubeletInUserNamespace: true },
    oomScoreAdj: 0,
    maxOpenFiles: 65_536,
    // No Services here, and this machine's iptables are Docker's.
    makeIPTablesUtilChains: false,
    // A full disk or memory is the tests' own affair: pods are not to go for it.
    evictionHard: { "memory.available": "50Mi", "nodefs.available": "0%", "imagefs.available": "0%" },
    imageGCHighThresholdPercent: 100,
  };
}
