"""Airflow's own masker of secrets, from where this Airflow keeps it."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Callable

_PLACES = (
    "airflow.sdk._shared.secrets_masker",
    "airflow.sdk.execution_time.secrets_masker",  # 3.0 and 3.1
    "airflow.utils.log.secrets_masker",  # 2
)


def redactor() -> Callable[..., Any]:
    """`redact`: a value with the secrets in it masked."""
    for place in _PLACES:
        try:
            redact: Callable[..., Any] = import_module(place).redact
        except ImportError:
            continue
        return redact
    raise ImportError(f"This Airflow has no secrets masker in {', '.join(_PLACES)}")
