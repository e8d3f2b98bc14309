import assert from "node:assert/strict";
import { bedEnv } from "../../../bed/env";
import { type Namespace, openNamespace } from "../../../kubernetes/namespace";
import { type Outer, startOuter } from "../outer";
import { type Pods, watchPods } from "../pods";
import { type Published, publishExample } from "../published";
import { imagesOf, runStyle, type StyleRun, theCells } from "../style-runs";
import { kubernetesPod } from "../styles";

describe("the six fitness tests by KubernetesPodOperator itself, on Airflow 3", () => {
  const { kubeconfig, podHost, sidecarImage } = bedEnv().kubernetes;
  const inside = "/opt/airflow/kubeconfig";
  let published: Published;
  let cluster: Namespace;
  let pods: Pods;
  let outer: Outer;
  let run: StyleRun;

  before(async () => {
    published = await publishExample({ airflow: 3 });
    cluster = await openNamespace(kubeconfig);
    pods = await watchPods(kubeconfig, cluster.name);
    const extra = {
      in_cluster: false,
      kube_config_path: inside,
      namespace: cluster.name,
      xcom_sidecar_container_image: sidecarImage,
    };
    outer = await startOuter({
      image: published.parent,
      env: {
        ...imagesOf(published),
        AIRFLOW_CONN_KUBERNETES_DEFAULT: JSON.stringify({ conn_type: "kubernetes", extra }),
      },
      binds: [`${kubeconfig}:${inside}:ro`],
      postgresHost: podHost,
    });
    const { output: uri } = await outer.execute(["printenv", "AIRFLOW_CONN_WAREHOUSE"]);
    await cluster.api.createNamespacedSecret({
      namespace: cluster.name,
      body: { metadata: { name: "warehouse" }, stringData: { uri: uri.trim() } },
    });
    run = await runStyle(outer, kubernetesPod);
  });

  after(async () => {
    pods?.stop();
    await outer?.close();
    await cluster?.close();
    await published?.remove();
  });

  theCells(kubernetesPod, () => run);

  it("the password is in no pod, but in a Secret of the namespace", async () => {
    const { password } = outer;
    assert.ok(pods.seen.length > 0 && !JSON.stringify(pods.seen).includes(password));
    const { data } = await cluster.api.readNamespacedSecret({ namespace: cluster.name, name: "warehouse" });
    assert.ok(
      Buffer.from(data?.["uri"] ?? "", "base64")
        .toString()
        .includes(password),
    );
  });
});
