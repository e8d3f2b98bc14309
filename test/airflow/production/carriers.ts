import { bedEnv } from "../../bed/env";
import type { OuterOptions } from "./outer";
import type { Published } from "./published";
import { virtualenvVariables } from "./virtualenvs";

/** How an outer Airflow is set up for a carrier: what the DAG files say nothing of. */
type Setup = OuterOptions;

export function byDocker(published: Published): Setup {
  return {
    image: published.parent,
    env: {
      AIRFLOW__AIRLOCK__ISOLATION_TYPE: "docker",
      AIRFLOW__ISOLATED_POD_OPERATOR__IMAGE: published.parent,
    },
  };
}

/** In the image of `virtualenvFiles`. */
export function byExternalPython(published: Published): Setup {
  return {
    image: published.child("virtualenvs"),
    env: { AIRFLOW__AIRLOCK__ISOLATION_TYPE: "external_python", ...virtualenvVariables },
  };
}

/**
 * @param more arguments of the pod operator
 * @param kubeconfig who Airflow is to the cluster: by default its administrator
 */
export function byKubernetes(
  published: Published,
  namespace: string,
  more: Readonly<Record<string, unknown>> = {},
  kubeconfig = bedEnv().kubernetes.kubeconfig,
): Setup {
  const { podHost, sidecarImage } = bedEnv().kubernetes;
  const inside = "/opt/airflow/kubeconfig";
  return {
    image: published.parent,
    env: {
      AIRFLOW__AIRLOCK__ISOLATION_TYPE: "kubernetes",
      AIRFLOW__AIRLOCK__NAMESPACE: namespace,
      AIRFLOW__AIRLOCK__CONFIG_FILE: inside,
      AIRFLOW__AIRLOCK__KUBERNETES_KWARGS: JSON.stringify({
        in_cluster: false,
        startup_check_interval_seconds: 1,
        ...more,
      }),
      AIRFLOW__ISOLATED_POD_OPERATOR__IMAGE: published.parent,
      // With the XCom sidecar of deferrable pods in an image that the node has.
      AIRFLOW_CONN_KUBERNETES_DEFAULT: JSON.stringify({
        conn_type: "kubernetes",
        extra: { xcom_sidecar_container_image: sidecarImage },
      }),
    },
    binds: [`${kubeconfig}:${inside}:ro`],
    postgresHost: podHost,
  };
}
