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
    redact: Callable[..., Any] = _masker().redact
    return redact


def mask(secret: str) -> None:
    """From now on it is masked."""
    _masker().mask_secret(secret)


def _masker() -> Any:
    for place in _PLACES:
        try:
            return import_module(place)
        except ImportError:
            continue
    raise ImportError(f"This Airflow has no secrets masker in {', '.join(_PLACES)}")
