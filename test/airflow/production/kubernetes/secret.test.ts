import assert from "node:assert/strict";
import type { V1Secret } from "@kubernetes/client-node";
import { bedEnv } from "../../../bed/env";
import { type Account, openAccount } from "../../../kubernetes/account";
import { type Namespace, openNamespace } from "../../../kubernetes/namespace";
import { type AloneRun, allIsHandedOn, nothingIsLeft, runAlone } from "../alone";
import { byKubernetes } from "../carriers";
import { type Pods, type Seen, watchPods, watchSecrets } from "../pods";
import { type Published, publishExample } from "../published";

/** What docs/operator.md says that Airflow needs of a cluster without `exec`. */
const rules = [
  { apiGroups: [""], resources: ["pods"], verbs: ["create", "get", "list", "watch", "patch", "delete"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  { apiGroups: [""], resources: ["events"], verbs: ["list", "watch"] },
  { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
];

for (const airflow of [3, 2] as const) {
  describe(`pods of a cluster that refuses exec to Airflow ${airflow}`, () => {
    const { kubeconfig } = bedEnv().kubernetes;
    let published: Published;
    let cluster: Namespace;
    let account: Account;
    let pods: Pods;
    let secrets: Seen<V1Secret>;
    let run: AloneRun;

    before(async () => {
      published = await publishExample({ airflow });
      cluster = await openNamespace(kubeconfig);
      account = await openAccount(cluster, rules);
      pods = await watchPods(kubeconfig, cluster.name);
      secrets = await watchSecrets(kubeconfig, cluster.name);
      const { env, ...setup } = byKubernetes(published, cluster.name, {}, account.kubeconfig);
      const bySecret = { AIRFLOW__AIRLOCK__KUBERNETES_CHANNEL: "secret" };
      run = await runAlone({ ...setup, env: { ...env, ...bySecret } });
    });

    after(async () => {
      pods?.stop();
      secrets?.stop();
      await run?.outer.close();
      await account?.remove();
      await cluster?.close();
      await published?.remove();
    });

    allIsHandedOn(() => run);

    it("the password stood in one secret, which its pod owned", () => {
      const holding = secrets.seen.filter(({ data = {} }) =>
        Object.values(data).some((value) => Buffer.from(value, "base64").includes(run.password)),
      );
      const names = new Set(holding.map(({ metadata }) => metadata?.name));
      assert.equal(names.size, 1);
      const owners = holding.flatMap(({ metadata }) => metadata?.ownerReferences ?? []);
      for (const { kind, name } of owners) assert.deepEqual([kind, name], ["Pod", [...names][0]]);
      assert.ok(owners.length > 0);
    });

    it("every secret goes with its pod, of a failed and of a skipped task too", async () => {
      const made = new Set(secrets.seen.map(({ metadata }) => metadata?.name));
      assert.equal(made.size, 6, "one for each isolated task");
      await nothingIsLeft(cluster);
    });

    it("no pod's spec or status shows the password", () => {
      assert.match(JSON.stringify(pods.seen), /termination-log/, "they were looked at");
      assert.ok(!JSON.stringify(pods.seen).includes(run.password));
    });

    it("the cluster does refuse exec, and a task that wants it says so at once, with the way out", async () => {
      const failing = ["airflow", "tasks", "test", "alone", "fails", "2024-01-02"];
      const byExec = { AIRFLOW__AIRLOCK__KUBERNETES_CHANNEL: "exec" };
      const { output } = await run.outer.execute(failing, byExec);
      assert.match(output, /IsolationError: The cluster refuses pods\/exec.*kubernetes_channel = secret/);
      assert.doesNotMatch(output, /returned a failure/, "which says less");
      await nothingIsLeft(cluster);
    });
  });
}
