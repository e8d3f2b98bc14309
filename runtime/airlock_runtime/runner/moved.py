"""The names that one operator has in both generations of Airflow, which moved them between modules.

Contract: a parent on Airflow 3 may name what a child on Airflow 2 knows by its former name, and the reverse. After
Airflow 3's own tables of deprecated classes (`airflow/operators/__init__.py`, `airflow/sensors/__init__.py`, 3.3).
"""

from __future__ import annotations

_OPERATORS = ("bash", "branch", "datetime", "empty", "latest_only", "python", "smooth", "trigger_dagrun", "weekday")
_SENSORS = ("bash", "date_time", "external_task", "filesystem", "python", "time_delta", "weekday")

MODULES: tuple[tuple[str, ...], ...] = (
    ("airflow.models.baseoperator", "airflow.sdk.bases.operator", "airflow.sdk"),
    ("airflow.sensors.base", "airflow.sdk.bases.sensor", "airflow.sdk"),
    ("airflow.operators.branch", "airflow.sdk.bases.branch"),
    ("airflow.sensors.time_sensor", "airflow.providers.standard.sensors.time"),
    ("airflow.operators.generic_transfer", "airflow.providers.common.sql.operators.generic_transfer"),
    *((f"airflow.operators.{name}", f"airflow.providers.standard.operators.{name}") for name in _OPERATORS),
    *((f"airflow.sensors.{name}", f"airflow.providers.standard.sensors.{name}") for name in _SENSORS),
)
"""Modules that hold the same classes: Airflow 2's, then what Airflow 3 has in its place."""


def names_of(operator: str) -> list[str]:
    """The qualified names that an operator may have, as it is called first."""
    module, _, name = operator.rpartition(".")
    others = (other for modules in MODULES if module in modules for other in modules if other != module)
    return [operator, *(f"{other}.{name}" for other in others)]
