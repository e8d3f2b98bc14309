import assert from "node:assert/strict";
import { bedEnv } from "../../../bed/env";
import { processesWith } from "../../../docker/eventually";
import { type Namespace, openNamespace } from "../../../kubernetes/namespace";
import { byKubernetes } from "../carriers";
import { foundNowhere, type PlantedRun, planted, runPlanted } from "../planted";
import { type Pods, watchPods } from "../pods";

for (const airflow of [3, 2] as const) {
  describe(`a password of Airflow ${airflow}, under a KubernetesPodOperator`, () => {
    const { kubeconfig, podHost } = bedEnv().kubernetes;
    let cluster: Namespace;
    let pods: Pods;
    let run: PlantedRun;
    let seen = "";
    let processes = Number.NaN;

    /** What anybody who may read the namespace, or is on the node, can see. */
    async function look(): Promise<void> {
      const { api, name: namespace } = cluster;
      const pod = pods.seen.at(-1)?.metadata?.name;
      assert.ok(pod);
      const [log, events, secrets, maps] = await Promise.all([
        api.readNamespacedPodLog({ name: pod, namespace }),
        api.listNamespacedEvent({ namespace }),
        api.listNamespacedSecret({ namespace }),
        api.listNamespacedConfigMap({ namespace }),
      ]);
      const opened = secrets.items.map(({ data = {} }) =>
        Object.values(data).map((value) => Buffer.from(value, "base64").toString("latin1")),
      );
      seen = JSON.stringify([log, events, opened, maps]);
      processes = await processesWith(planted);
    }

    before(async () => {
      cluster = await openNamespace(kubeconfig);
      pods = await watchPods(kubeconfig, cluster.name);
      run = await runPlanted({
        airflow,
        setup: (published) => byKubernetes(published, cluster.name),
        host: podHost,
        container: true,
        look,
      });
    });

    after(async () => {
      pods?.stop();
      await run?.close();
      await cluster?.close();
    });

    foundNowhere(() => run);

    it("no pod's spec, status, annotation or label shows it, from its first state to its last", () => {
      assert.match(JSON.stringify(pods.seen), /no task came within/, "they were looked at");
      assert.ok(!JSON.stringify(pods.seen).includes(planted));
    });

    it("nor do the pod's log, the namespace's events, secrets and config maps, and ps on the node", () => {
      assert.match(seen, /It is \*\*\*/, "the log was looked at");
      assert.ok(!seen.includes(planted), seen);
      assert.equal(processes, 0);
    });
  });
}
