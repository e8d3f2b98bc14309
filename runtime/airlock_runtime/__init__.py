"""Airlock's Python side: `IsolatedOperator` for DAG files, and the runner that executes tasks inside images."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["IsolatedOperator", "__version__", "isolated_task"]

if TYPE_CHECKING:
    from airlock_runtime.operators.decorator import isolated_task
    from airlock_runtime.operators.isolated import IsolatedOperator


def __getattr__(name: str) -> object:
    """Imports Airflow only when a DAG file asks for the operator: the runner lives in this package too (PEP 562)."""
    if name == "IsolatedOperator":
        from airlock_runtime.operators.isolated import IsolatedOperator

        return IsolatedOperator
    if name == "isolated_task":
        from airlock_runtime.operators.decorator import isolated_task

        return isolated_task
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
