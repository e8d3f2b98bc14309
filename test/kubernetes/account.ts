import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig, RbacAuthorizationV1Api, type V1PolicyRule } from "@kubernetes/client-node";
import type { Namespace } from "./namespace";

/** Somebody who may do in a namespace what its rules say, and nothing else. */
export interface Account {
  /** A file that names no other, so that it can be mounted where it is needed. */
  readonly kubeconfig: string;
  readonly config: KubeConfig;
  /** Removes the file; the account goes with its namespace. */
  remove(): Promise<void>;
}

const name = "airflow";

export async function openAccount(cluster: Namespace, rules: V1PolicyRule[]): Promise<Account> {
  const { api, config: admin, name: namespace } = cluster;
  const rbac = admin.makeApiClient(RbacAuthorizationV1Api);
  await Promise.all([
    api.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } }),
    rbac.createNamespacedRole({ namespace, body: { metadata: { name }, rules } }),
    rbac.createNamespacedRoleBinding({
      namespace,
      body: {
        metadata: { name },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
        subjects: [{ kind: "ServiceAccount", name, namespace }],
      },
    }),
  ]);
  const { status } = await api.createNamespacedServiceAccountToken({
    name,
    namespace,
    body: { spec: { audiences: [], expirationSeconds: 3600 } },
  });
  const config = new KubeConfig();
  config.loadFromString(admin.exportConfig());
  config.users = config.users.map((user) => ({ name: user.name, token: status?.token ?? "" }));
  const folder = await mkdtemp(join(tmpdir(), "airlock-account-"));
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, config.exportConfig());
  return { kubeconfig, config, remove: () => rm(folder, { recursive: true, force: true }) };
}
