"""Operators that run a function in another interpreter of the same machine, where Airflow may be installed, too."""

from __future__ import annotations

from typing import Any

_BASE = "_BasePythonVirtualenvOperator"


def elsewhere_base(task: Any) -> Any:
    """The class that PythonVirtualenvOperator, ExternalPythonOperator and their kin share; None where it is none."""
    return next((base for base in type(task).__mro__ if base.__name__ == _BASE), None)
