import { connect } from "node:net";
import { join } from "node:path";
import { askApi } from "./api";
import type { Component } from "./component";
import type { Folders } from "./folders";
import { serviceRange } from "./network";

/** The store of all that the API server knows. It listens on sockets only. */
export function etcd(binary: string, folders: Folders): Component {
  return {
    name: "etcd",
    program: binary,
    args: [
      ...["etcd", "--data-dir", join(folders.run, "etcd"), "--log-level", "warn", "--unsafe-no-fsync"],
      ...["--listen-client-urls", `unix://${folders.etcd}`],
      ...["--listen-peer-urls", `unix://${folders.etcd}.peers`],
      // It insists on one that is a host and a port; a single member tells it to nobody.
      ...["--advertise-client-urls", "http://localhost:2379"],
    ],
    ready: () => listens(folders.etcd),
  };
}

export function apiServer(binary: string, folders: Folders, port: number): Component {
  return {
    name: "kube-apiserver",
    program: binary,
    args: [
      ...["kube-apiserver", `--etcd-servers=unix://${folders.etcd}`],
      ...["--bind-address=127.0.0.1", `--secure-port=${port}`, "--advertise-address=127.0.0.1"],
      // Its address would be told to pods, who cannot reach it.
      ...["--endpoint-reconciler-type=none", `--service-cluster-ip-range=${serviceRange}`],
      ...[`--tls-cert-file=${folders.certificate}`, `--tls-private-key-file=${folders.key}`],
      ...[`--token-auth-file=${folders.tokens}`, "--authorization-mode=RBAC"],
      ...["--service-account-issuer=https://kubernetes.default.svc"],
      ...[`--service-account-key-file=${folders.certificate}`],
      ...[`--service-account-signing-key-file=${folders.key}`],
      // It finds the kubelet at its node's name, which is localhost.
      "--kubelet-preferred-address-types=Hostname",
      `--kubelet-certificate-authority=${folders.certificate}`,
      ...[`--kubelet-client-certificate=${folders.certificate}`, `--kubelet-client-key=${folders.key}`],
    ],
    ready: async () => (await askApi(folders, port, "/readyz"))?.status === 200,
  };
}

/** Ready when it has given the default namespace what every pod there needs. */
export function controllerManager(binary: string, folders: Folders, port: number): Component {
  const needed = ["serviceaccounts/default", "configmaps/kube-root-ca.crt"];
  return {
    name: "kube-controller-manager",
    program: binary,
    args: [
      ...["kube-controller-manager", `--kubeconfig=${folders.kubeconfig}`, "--leader-elect=false"],
      // It serves nothing that anybody asks for.
      "--secure-port=0",
      ...[`--service-account-private-key-file=${folders.key}`, `--root-ca-file=${folders.certificate}`],
    ],
    async ready() {
      const answers = needed.map((name) => askApi(folders, port, `/api/v1/namespaces/default/${name}`));
      return (await Promise.all(answers)).every((answer) => answer?.status === 200);
    },
  };
}

/** Ready from its start: what is to be scheduled waits for it. */
export function scheduler(binary: string, folders: Folders): Component {
  return {
    name: "kube-scheduler",
    program: binary,
    args: [
      ...["kube-scheduler", `--kubeconfig=${folders.kubeconfig}`, "--leader-elect=false", "--secure-port=0"],
    ],
    ready: async () => true,
  };
}

async function listens(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    return await new Promise((resolve) => {
      socket.on("connect", () => resolve(true));
      socket.on("error", () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}
