"""A pod's own container, made plain: what a container engine can do of it, and what is left out.

Contract: knows the Kubernetes client's models only by their attributes.
"""

from __future__ import annotations

from typing import Any, Callable

from airlock_runtime.airflow.pods import SIDECAR
from airlock_runtime.wire.outcome import Failure

Secret = Callable[[str], "str | None"]
"""What stands for a value that only the cluster has, by the name of the variable that is to hold it."""

_OF_THE_CLUSTER = {
    "service_account_name": "its service account",
    "host_network": "the node's network",
    "runtime_class_name": "its runtime class",
    "hostname": "its host name",
    "dns_config": "its DNS configuration",
    "active_deadline_seconds": "its deadline",
}


def wanted_of(pod: Any, name: str, secret: Secret) -> tuple[dict[str, Any], list[str]]:
    """The container of that name as the contract has it, and what it is to do without.

    :raises Failure: `missing_secret`
    """
    spec = pod.spec
    container = next((each for each in spec.containers if each.name == name), spec.containers[0])
    left_out: list[str] = []
    environ, secrets = _environ(pod, container, secret, left_out)
    folders = _folders(spec, container, left_out)
    left_out += [f"the init container {each.name}" for each in spec.init_containers or ()]
    others = (each for each in spec.containers if each is not container and each.name != SIDECAR)
    left_out += [f"the container {each.name}" for each in others]
    left_out += [words for field, words in _OF_THE_CLUSTER.items() if getattr(spec, field, None)]
    context = container.security_context
    left_out += [word for word in ("privileged", "capabilities") if getattr(context, word, None)]
    limits = getattr(container.resources, "limits", None) or {}
    memory, cpus = _quantity(limits.get("memory")), _quantity(limits.get("cpu"))
    return {
        "image": container.image,
        "entrypoint": container.command or None,
        "command": container.args or None,
        "environ": environ,
        "references": True,
        "secrets": secrets,
        "working_dir": container.working_dir,
        "user": _user(container.security_context, spec.security_context),
        "memory": None if memory is None else int(memory),
        "cpus": cpus,
        "extra_hosts": [f"{host}:{alias.ip}" for alias in spec.host_aliases or () for host in alias.hostnames or ()],
        "folders": folders,
    }, left_out


def _environ(pod: Any, container: Any, secret: Secret, left_out: list[str]) -> tuple[dict[str, str], list[str]]:
    """Its variables, and the names of those that are secrets."""
    environ: dict[str, str] = {}
    secrets = []
    for source in container.env_from or ():
        where = source.secret_ref or source.config_map_ref
        left_out.append(f"the variables of the {_kind(source.secret_ref)} {where.name}")
    for variable in container.env or ():
        value = variable.value
        if variable.value_from is not None:
            value = _elsewhere(pod, variable, secret, left_out)
            if variable.value_from.secret_key_ref is not None:
                secrets.append(variable.name)
        if value is not None or variable.value_from is None:
            environ[variable.name] = str(value or "")
    return environ, [name for name in secrets if name in environ]


def _elsewhere(pod: Any, variable: Any, secret: Secret, left_out: list[str]) -> str | None:
    source = variable.value_from
    key = source.secret_key_ref or source.config_map_key_ref
    if key is not None:
        value = secret(variable.name)
        if value is None and not key.optional:
            where = f"{key.key!r} of the {_kind(source.secret_key_ref)} {key.name!r}, which only the cluster has"
            message = (
                f"The pod's variable {variable.name} is {where}: add a line {variable.name}=… to .env for local runs"
            )
            raise Failure("missing_secret", message)
        return value
    path = source.field_ref.field_path if source.field_ref is not None else ""
    known = {"metadata.name": pod.metadata.name, "metadata.namespace": pod.metadata.namespace}
    if path not in known:
        left_out.append(f"the variable {variable.name}, which the cluster sets")
    return known.get(path)


def _kind(secret: Any) -> str:
    return "ConfigMap" if secret is None else "Secret"


def _folders(spec: Any, container: Any, left_out: list[str]) -> list[str]:
    empty = {volume.name for volume in spec.volumes or () if volume.empty_dir is not None}
    folders = []
    for mount in container.volume_mounts or ():
        if mount.name in empty:
            folders.append(mount.mount_path)
        else:
            left_out.append(f"the volume {mount.name} at {mount.mount_path}")
    return folders


def _user(*contexts: Any) -> str | None:
    """The container's own context first."""

    def first(field: str) -> Any:
        return next((v for context in contexts if (v := getattr(context, field, None)) is not None), None)

    user, group = first("run_as_user"), first("run_as_group")
    if user is None:
        return None
    return str(user) if group is None else f"{user}:{group}"


def _quantity(text: Any) -> float | None:
    from kubernetes.utils.quantity import parse_quantity

    return None if text is None else float(parse_quantity(text))
