"""Which Airflow the image has, known from its metadata, without importing it (milliseconds, not seconds)."""

from __future__ import annotations

import re
from functools import cache
from importlib import metadata

# From 3.0 on `apache-airflow` is a wrapper that may be missing, and its version need not be the core's.
_DISTRIBUTIONS = ("apache-airflow-core", "apache-airflow")


@cache  # looking for it takes 3 ms, and a task asks twice
def airflow_version() -> str | None:
    """Such as `3.3.2`; None where the image has no Airflow."""
    for name in _DISTRIBUTIONS:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def airflow_release() -> tuple[int, ...]:
    """Such as `(3, 3, 2)`; empty where the image has no Airflow."""
    match = re.match(r"\d+(\.\d+)*", airflow_version() or "")
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def airflow_generation() -> int:
    """2 or 3; 0 where the image has no Airflow."""
    return next(iter(airflow_release()), 0)
