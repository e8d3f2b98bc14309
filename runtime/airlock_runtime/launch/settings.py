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
from typing import Any, Callable, Mapping

from airlock_runtime.launch.errors import IsolationError
from airlock_runtime.wire.frames import FRAME_LIMIT

ISOLATION_TYPES = ("kubernetes", "docker", "external_python")

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
    kind = isolation_type or _get(sections, "isolation_type", _one_of(*ISOLATION_TYPES)) or "kubernetes"
    return Settings(
        isolation_type=kind,
        image=environ.get(f"{_POD_OPERATOR}IMAGE") or _get(["isolated_pod_operator"], "image"),
        python=_python(environment, environ) or _get(sections, "python"),
        message_limit=_get(sections, "message_limit", _bytes) or FRAME_LIMIT,
        kubernetes_channel=_get(sections, "kubernetes_channel", _one_of("exec", "secret")) or "exec",
        pickle=bool(_get(sections, "pickle", _flag)),
        carrier=_carrier(kind, sections, environ),
    )


def _get(sections: list[str], key: str, parse: Callable[[str], Any] = str) -> Any:
    """
    :param parse: raises ValueError with what the text is, where it cannot be that
    :returns: what the first section says that says something; None where none does
    """
    from airflow.configuration import conf

    for section in sections:
        text = conf.get(section, key, fallback=None)
        if text:
            try:
                return parse(str(text))
            except ValueError as error:
                raise IsolationError(f"[{section}] {key} is {error}") from None
    return None


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"{text!r}, not one of {', '.join(words)}")
        return text

    return parse


def _bytes(text: str) -> int:
    if not re.fullmatch("[0-9]+", text) or int(text) < 1024:
        raise ValueError(f"{text!r}, not a number of bytes (1024 at the least)")
    return int(text)


def _flag(text: str) -> bool:
    """As Airflow's own `conf.getboolean` reads it."""
    means = {**dict.fromkeys(("t", "true", "1"), True), **dict.fromkeys(("f", "false", "0"), False)}
    if text.strip().lower() not in means:
        raise ValueError(f"{text!r}, neither true nor false")
    return means[text.strip().lower()]


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
        found.update(_get([section], f"{kind}_kwargs", _object) or {})
        found.update({name: value for name in _NAMED.get(kind, ()) if (value := _get([section], name))})
    return found


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValueError(f"no JSON: {error}") from None
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return value
