"""The pod that would carry a task, for whoever runs the task in a pod without Airflow's operator.

Contract: no cluster is asked, and nothing is rendered: what is a template is left out and named.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, Callable, Collection, Iterator, Mapping

from airlock_runtime.airflow.pods import BASE, said_of
from airlock_runtime.launch.errors import IsolationError
from airlock_runtime.launch.settings import settings_of

_OF_THE_WAY_THERE = frozenset({"namespace", "kubernetes_conn_id", "config_file", "cluster_context", "in_cluster"})
"""Arguments that say which cluster, and nothing of the pod."""

_TEMPLATE = re.compile(r"\{\{|\{%")
_BARE = {"metadata": {"labels": {}, "annotations": {}}, "spec": {"containers": [{"name": BASE}]}}
_GONE = object()


def unstarted_pod(task: Any, warn: Callable[[str], None]) -> dict[str, Any] | None:
    """
    :param task: an `IsolatedOperator`
    :param warn: told what is left out
    :returns: what is said of it; None where no pod carries the task, or nobody says anything of one
    :raises IsolationError: where its operator is not there, or does not take what it is to get
    """
    settings = settings_of(task.environment, task.isolation_type)
    arguments = {**settings.carrier, **task.isolated_operator_kwargs}
    if settings.isolation_type != "kubernetes" or not arguments.keys() - _OF_THE_WAY_THERE:
        return None
    try:
        operator = _operator(task, arguments)
        pod = said_of(operator.build_pod_request_obj(), operator.base_container_name)
    except ImportError as error:
        raise IsolationError(
            f"{task.task_id}: isolated_operator_kwargs are for KubernetesPodOperator, which the parent image does not "
            f"have ({error}): add apache-airflow-providers-cncf-kubernetes to its requirements"
        ) from error
    except Exception as error:
        raise IsolationError(
            f"{task.task_id}: KubernetesPodOperator makes no pod of isolated_operator_kwargs and "
            f"[airlock] kubernetes_kwargs: {error}"
        ) from error
    del pod["spec"]["containers"][0]["image"]
    rendered = {text for name in operator.template_fields for text in _texts(getattr(operator, name, None))}
    told = "of its pod is a template, which only Airflow renders: it is left out"
    said = {
        part: _without(rendered, fields, part, lambda where: warn(f"{task.task_id}: {where} {told}"))
        for part, fields in pod.items()
    }
    return None if said == _BARE else said


def _operator(task: Any, arguments: dict[str, Any]) -> Any:
    from airlock_runtime.carriers.pod_operator import PodOperator, arguments_of

    operator = PodOperator(**arguments_of(task, "none", arguments, do_xcom_push=False))
    labels = {"dag_id": task.dag_id, "task_id": task.task_id, "try_number": "1", "kubernetes_pod_operator": "True"}
    operator.__dict__.update(
        hook=SimpleNamespace(is_in_cluster=False, get_namespace=lambda: "none"),
        # For a `pod_mutation_hook`, which may look at them.
        _get_ti_pod_labels=lambda *_, **__: dict(labels),
    )
    return operator


def _texts(value: Any) -> Iterator[str]:
    """The templates in a templated field: what else has braces in a pod is meant so."""
    if isinstance(value, str):
        if _TEMPLATE.search(value):
            yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from _texts(item)
    elif hasattr(value, "to_dict"):  # a model of the Kubernetes client
        yield from _texts(value.to_dict())


def _without(texts: Collection[str], value: Any, where: str, left_out: Callable[[str], None]) -> Any:
    """The same without these texts; a variable whose value is one goes with its name."""
    if isinstance(value, str) and value in texts:
        left_out(where)
        return _GONE
    if isinstance(value, list):
        places = [f"{where}[{_name(item, index)}]" for index, item in enumerate(value)]
        items = [_without(texts, item, place, left_out) for item, place in zip(value, places)]
        return [item for item in items if item is not _GONE]
    if isinstance(value, dict):
        fields = {name: _without(texts, item, f"{where}.{name}", left_out) for name, item in value.items()}
        if fields.get("value") is _GONE:
            return _GONE
        return {name: item for name, item in fields.items() if item is not _GONE}
    return value


def _name(item: Any, index: int) -> Any:
    return item.get("name", index) if isinstance(item, dict) else index
