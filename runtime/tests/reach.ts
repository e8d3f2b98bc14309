import type { Engine } from "../../src/docker/connect";
import { pushImage } from "../../src/docker/push";
import { bedEnv } from "../../test/bed/env";
import { openNamespace } from "../../test/kubernetes/namespace";

/** What a container of the tests can reach, and knows of it. */
export interface Reach {
  readonly env: string[];
  readonly binds: string[];
  readonly network: string;
  /** Removes what was made for it. */
  close(): Promise<void>;
}

/** The engine's socket alone: the tests start containers of `AIRLOCK_TEST_IMAGE` beside their own. */
export function engineAlone(version: string): Reach {
  const socket = bedEnv().dockerHost.replace("unix://", "");
  return {
    env: [`AIRLOCK_TEST_IMAGE=airlock-test/airflow:${version}`],
    binds: [`${socket}:/var/run/docker.sock`],
    network: "none",
    close: async () => {},
  };
}

/**
 * A namespace of the bed's Kubernetes, which pulls the image from the bed's registry. One of the tests' own: where two
 * Airflows run the same try of the same task in one namespace, KubernetesPodOperator takes their pods for duplicates, and
 * deletes the older one.
 */
export async function cluster(engine: Engine, version: string, signal: AbortSignal): Promise<Reach> {
  const { registry, kubernetes } = bedEnv();
  const image = `airlock-test/airflow:${version}`;
  const published = `${registry.open}/${image}`;
  await engine.docker.getImage(image).tag({ repo: `${registry.open}/airlock-test/airflow`, tag: version });
  await pushImage(engine, published, () => {}, signal);
  const connection = {
    conn_type: "kubernetes",
    extra: { xcom_sidecar_container_image: kubernetes.sidecarImage },
  };
  const namespace = await openNamespace(kubernetes.kubeconfig);
  return {
    env: [
      `AIRLOCK_TEST_IMAGE=${published}`,
      `AIRLOCK_TEST_NAMESPACE=${namespace.name}`,
      `AIRFLOW_CONN_KUBERNETES_DEFAULT=${JSON.stringify(connection)}`,
    ],
    binds: [`${kubernetes.kubeconfig}:/kubeconfig:ro`],
    network: "host",
    close: () => namespace.close(),
  };
}
