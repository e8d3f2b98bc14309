import assert from "node:assert/strict";
import { bedEnv } from "../../../bed/env";
import { type Namespace, openNamespace } from "../../../kubernetes/namespace";
import { until } from "../../../kubernetes/until";
import { byKubernetes } from "../carriers";
import { type FitnessRun, runFitness, theSix } from "../fitness";
import { startOuter } from "../outer";
import { type Pods, watchPods } from "../pods";
import { type Published, publishExample } from "../published";

for (const airflow of [3, 2] as const) {
  describe(`the six fitness tests in pods, by a KubernetesPodOperator of Airflow ${airflow}`, () => {
    const { kubeconfig } = bedEnv().kubernetes;
    let published: Published;
    let cluster: Namespace;
    let pods: Pods;
    let run: FitnessRun;

    before(async () => {
      published = await publishExample({ airflow });
      cluster = await openNamespace(kubeconfig);
      pods = await watchPods(kubeconfig, cluster.name);
      run = await runFitness(await startOuter(byKubernetes(published, cluster.name)));
    });

    after(async () => {
      pods?.stop();
      await run?.outer.close();
      await cluster?.close();
      await published?.remove();
    });

    theSix(() => run);

    it("the images came from the registry", () => {
      const statuses = pods.seen.flatMap((pod) => pod.status?.containerStatuses ?? []);
      const images = new Set(statuses.filter(({ imageID }) => imageID).map(({ imageID }) => imageID));
      assert.equal(images.size, 4, [...images].join(", "));
      // By digest: an image that both generations have alike may be called by the other's name.
      const { open } = bedEnv().registry;
      for (const image of images)
        assert.match(image, new RegExp(`^${open}/airlock-test-fitness-\\d/airflow/[\\w-]+@sha256:`));
    });

    it("no pod is left", async () => {
      const left = async () => (await cluster.api.listNamespacedPod({ namespace: cluster.name })).items;
      for (const { metadata } of await left()) {
        assert.ok(metadata?.deletionTimestamp, `${metadata?.name} is not even deleted`);
        await until(
          cluster.config,
          `/api/v1/namespaces/${cluster.name}/pods`,
          metadata.name ?? "",
          () => false,
        );
      }
      assert.deepEqual(await left(), []);
    });

    it("the password is in no pod's spec or status", () => {
      assert.ok(pods.seen.length > 0);
      assert.ok(!JSON.stringify(pods.seen).includes(run.outer.password));
    });
  });
}
