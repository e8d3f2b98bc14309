"""A pod as it is, for a client that starts it in a cluster."""

from __future__ import annotations

from typing import Any

from airlock_runtime.airflow.pods import said_of
from airlock_runtime.runner.containers.pod import Secret


def whole_pod(pod: Any, name: str, secret: Secret) -> tuple[dict[str, Any], list[str]]:
    """The container of that name as the contract has it, with its pod, and what it is to do without: nothing.

    A variable from a Secret or a ConfigMap is the project's where that has one by its name, else the cluster's.
    """
    said = said_of(pod, name)
    container = said["spec"]["containers"][0]
    environ: dict[str, str] = {}
    for variable in list(container.get("env", ())):
        source = variable.get("valueFrom", {})
        value = secret(variable["name"]) if source.keys() & {"secretKeyRef", "configMapKeyRef"} else None
        if value is not None:
            environ[variable["name"]] = value
            container["env"].remove(variable)
    return {"image": container.pop("image"), "environ": environ, "secrets": sorted(environ), "pod": said}, []
