import assert from "node:assert/strict";
import { bedEnv } from "../../../bed/env";
import { type Namespace, openNamespace } from "../../../kubernetes/namespace";
import { type AloneRun, allIsHandedOn, during, nothingIsLeft, runAlone } from "../alone";
import { byKubernetes } from "../carriers";
import { type Pods, type Seen, watchPods, watchSecrets } from "../pods";
import { type Published, publishExample } from "../published";

for (const airflow of [3, 2] as const) {
  describe(`deferrable pods of Airflow ${airflow}`, () => {
    const { kubeconfig } = bedEnv().kubernetes;
    let published: Published;
    let cluster: Namespace;
    let pods: Pods;
    let secrets: Seen<object>;
    let run: AloneRun;

    before(async () => {
      published = await publishExample({ airflow });
      cluster = await openNamespace(kubeconfig);
      pods = await watchPods(kubeconfig, cluster.name);
      secrets = await watchSecrets(kubeconfig, cluster.name);
      run = await runAlone(byKubernetes(published, cluster.name, { deferrable: true, poll_interval: 0.5 }));
    });

    after(async () => {
      pods?.stop();
      secrets?.stop();
      await run?.outer.close();
      await cluster?.close();
      await published?.remove();
    });

    allIsHandedOn(() => run);

    it("each of them gives its slot back, and a trigger brings it again", () => {
      for (const id of ["gives", "fails", "skips", "asks"]) {
        assert.match(during(run.dag, id), /running trigger in line.*Trigger completed/s, id);
      }
    });

    it("no pod's spec or status shows the password, and no secret was ever made", () => {
      assert.match(JSON.stringify(pods.seen), /no task came within/, "they were looked at");
      assert.ok(!JSON.stringify(pods.seen).includes(run.password));
      assert.deepEqual(secrets.seen, []);
    });

    it("no pod is left, not of one that never started either", async () => {
      assert.equal(run.dag.tasks["starts"]?.state, "failed");
      await nothingIsLeft(cluster);
    });
  });
}
