"""Airlock's settings in Airflow's own configuration.

Contract: sections `[airlock]` and, for one environment, `[airlock_<name>]` (dashes and dots of the name are `_`), the
latter first; as ever in Airflow, `AIRFLOW__AIRLOCK__ISOLATION_TYPE=docker` says the same as `isolation_type = docker`.
Read when a task runs, never while a DAG file is parsed. docs/operator.md lists the keys.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import Any, Mapping

from airlock_runtime.launch.errors import IsolationError
from airlock_runtime.wire.frames import FRAME_LIMIT

_POD_OPERATOR = "AIRFLOW__ISOLATED_POD_OPERATOR__"
"""Arguments of the pod operator, as apache-airflow-providers-isolation takes them from the environment."""


@dataclass(frozen=True)
class Settings:
    """
    :param carrier: arguments of the carrying operator, for all that the DAG does not say
    :param image: repository of the parent image, a tag maybe; an environment's image lies below it
    :param python: interpreter of a virtualenv environment
    :param message_limit: bytes that one message between outer and inner task may have
    :param kubernetes_channel: `exec`, or `secret` for clusters that refuse that
    :param pickle: whether a result that has no other form may travel as a pickle
    """

    isolation_type: str
    image: str | None
    python: str | None
    message_limit: int = FRAME_LIMIT
    kubernetes_channel: str = "exec"
    pickle: bool = False
    carrier: Mapping[str, Any] = field(default_factory=dict)


def settings_of(
    environment: str | None, isolation_type: str | None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """
    :param isolation_type: what the task itself says
    :raises IsolationError: for a setting that cannot be read, naming it
    """
    own = "airlock_" + re.sub(r"\W", "_", environment) if environment else None
    sections = [own, "airlock"] if own else ["airlock"]
    kind = isolation_type or _get(sections, "isolation_type") or "kubernetes"
    limit = _get(sections, "message_limit")
    return Settings(
        isolation_type=kind,
        image=environ.get(f"{_POD_OPERATOR}IMAGE") or _get(["isolated_pod_operator"], "image"),
        python=_python(environment, environ) or _get(sections, "python"),
        message_limit=_bytes(limit) if limit else FRAME_LIMIT,
        kubernetes_channel=_channel(_get(sections, "kubernetes_channel") or "exec"),
        pickle=(_get(sections, "pickle") or "").lower() in ("true", "1", "t", "yes"),
        carrier=_carrier(kind, sections, environ),
    )


def _get(sections: list[str], key: str) -> str | None:
    from airflow.configuration import conf

    for section in sections:
        value = conf.get(section, key, fallback=None)
        if value:
            return str(value)
    return None


def _channel(text: str) -> str:
    if text not in ("exec", "secret"):
        raise IsolationError(f"[airlock] kubernetes_channel is {text!r}, not exec or secret")
    return text


def _bytes(text: str) -> int:
    if not text.isdigit() or int(text) < 1024:
        raise IsolationError(f"[airlock] message_limit is {text!r}, not a number of bytes (1024 at the least)")
    return int(text)


def _python(environment: str | None, environ: Mapping[str, str]) -> str | None:
    """As `PYENV` in an Astro project's Dockerfile leaves it (astronomerio/airflow buildkit frontend)."""
    return environ.get(f"ASTRO_PYENV_{environment}") if environment else None


_NAMED = {
    "kubernetes": ("namespace", "kubernetes_conn_id", "service_account_name", "image_pull_policy", "config_file"),
    "docker": ("docker_url", "docker_conn_id", "network_mode"),
    "external_python": (),
}
"""Settings that are arguments of the carrying operator, by the same names."""


def _carrier(kind: str, sections: list[str], environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if kind == "kubernetes":
        names = {name: name[len(_POD_OPERATOR) :].lower() for name in environ if name.startswith(_POD_OPERATOR)}
        found.update({key: environ[name] for name, key in names.items() if key not in ("image", "cmds", "arguments")})
    for section in reversed(sections):
        found.update(_json([section], f"{kind}_kwargs"))
        found.update({name: value for name in _NAMED.get(kind, ()) if (value := _get([section], name))})
    return found


def _json(sections: list[str], key: str) -> dict[str, Any]:
    text = _get(sections, key)
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError as error:
        raise IsolationError(f"[{sections[0]}] {key} is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise IsolationError(f"[{sections[0]}] {key} is no JSON object")
    return value
