"""What somebody has said of a pod, out of the pod that KubernetesPodOperator builds."""

from __future__ import annotations

from typing import Any

BASE = "base"
"""How Airflow and its templates call the container of the task."""

SIDECAR = "airflow-xcom-sidecar"
"""The container that the operator adds for its XCom (`utils/xcom_sidecar.py`)."""

_ITS_LABELS = frozenset(
    {"airflow_version", "airflow_kpo_in_cluster", "kubernetes_pod_operator"}
    | {"dag_id", "task_id", "run_id", "map_index", "try_number", "parent_dag_id"}
)
"""By which the operator finds a pod that it started before (`_get_ti_pod_labels`): an Airflow in the same cluster would
take this one for its own."""

_USUAL = {"restartPolicy": "Never", "hostNetwork": False, "terminationMessagePolicy": "File"}


def said_of(pod: Any, base_container: str) -> dict[str, Any]:
    """
    :param pod: a `V1Pod`
    :param base_container: the name of the task's own container, which is first and called `BASE` in what is returned
    :returns: its labels, annotations and spec as Kubernetes has them, without what the operator says in every pod and
        without its XCom sidecar
    """
    from kubernetes.client import ApiClient

    plain = ApiClient().sanitize_for_serialization(pod)
    metadata, spec = plain["metadata"], _said(plain["spec"])
    labels = {name: text for name, text in metadata.get("labels", {}).items() if name not in _ITS_LABELS}
    containers = [_said(each) for each in spec["containers"] if each["name"] != SIDECAR]
    own = next((each for each in containers if each["name"] == base_container), containers[0])
    spec["containers"] = [{**own, "name": BASE}, *(each for each in containers if each is not own)]
    return {"metadata": {"labels": labels, "annotations": metadata.get("annotations", {})}, "spec": spec}


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in fields.items()
        if value not in ({}, []) and not (name in _USUAL and value == _USUAL[name])
    }
