"""What DAG files are made of, from where this Airflow keeps it (2.9 to 3.3)."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from airlock_runtime.airflow.versions import airflow_generation, airflow_release

GENERATION = airflow_generation()
RELEASE = airflow_release()


def first(name: str, *modules: str) -> Any:
    """A name from the first of the modules that is there and has it."""
    for module in modules:
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError):
            continue
    raise ImportError(f"No {name} in {', '.join(modules)}")


def _operator(name: str, module: str) -> Any:
    kind = "sensors" if "Sensor" in name else "operators"
    return first(name, f"airflow.providers.standard.{kind}.{module}", f"airflow.{kind}.{module}")


DAG = first("DAG", "airflow.sdk", "airflow.models.dag")
Asset = first("Asset", "airflow.sdk") if GENERATION >= 3 else first("Dataset", "airflow.datasets")
Param = first("Param", "airflow.sdk", "airflow.models.param")
TaskGroup = first("TaskGroup", "airflow.sdk", "airflow.utils.task_group")
task_group = first("task_group", "airflow.sdk", "airflow.decorators")
Variable = first("Variable", "airflow.sdk", "airflow.models")
BaseOperator = first("BaseOperator", "airflow.sdk", "airflow.models.baseoperator")
BaseHook = first("BaseHook", "airflow.sdk", "airflow.hooks.base")
get_current_context = first("get_current_context", "airflow.sdk", "airflow.operators.python")

BashOperator = _operator("BashOperator", "bash")
PythonOperator = _operator("PythonOperator", "python")
BranchPythonOperator = _operator("BranchPythonOperator", "python")
ShortCircuitOperator = _operator("ShortCircuitOperator", "python")
EmptyOperator = _operator("EmptyOperator", "empty")
LatestOnlyOperator = _operator("LatestOnlyOperator", "latest_only")
BranchDayOfWeekOperator = _operator("BranchDayOfWeekOperator", "weekday")
PythonSensor = _operator("PythonSensor", "python")
BashSensor = _operator("BashSensor", "bash")
TimeDeltaSensor = _operator("TimeDeltaSensor", "time_delta")
TimeDeltaSensorAsync = _operator("TimeDeltaSensorAsync", "time_delta")
DateTimeSensor = _operator("DateTimeSensor", "date_time")
DateTimeSensorAsync = _operator("DateTimeSensorAsync", "date_time")
