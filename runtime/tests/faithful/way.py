"""The two ways that each DAG of `dags/` is built: of plain operators, and of the same ones in `IsolatedOperator`.

`AIRLOCK_WAY` says which: `plain` or `isolated`.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from stock import first

from airlock_runtime.operators.decorator import isolated_task
from airlock_runtime.operators.isolated import IsolatedOperator

ISOLATED = os.environ.get("AIRLOCK_WAY") == "isolated"
_ENVIRONMENT = "airflow"
"""Below the parent `airlock-test:3`: the image that is called `airlock-test/airflow:3`."""


class _Isolated:
    """Called, and mapped, as the operator itself is."""

    def __init__(self, operator: Any) -> None:
        self._operator = operator

    def __call__(self, **kwargs: Any) -> Any:
        return IsolatedOperator(operator=self._operator, environment=_ENVIRONMENT, **kwargs)

    def partial(self, **kwargs: Any) -> Any:
        return IsolatedOperator.partial(operator=self._operator, environment=_ENVIRONMENT, **kwargs)


def use(operator: Any) -> Any:
    """An operator as this way has it."""
    return _Isolated(operator) if ISOLATED else operator


task = (
    partial(isolated_task, environment=_ENVIRONMENT) if ISOLATED else first("task", "airflow.sdk", "airflow.decorators")
)
"""`@task`, as this way has it."""
