"""Airflow in the tests' own process, as an outer task and a scheduler have it: its deprecations are not ours."""

import importlib
import os
import warnings

os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for module in ("airflow", "airflow.exceptions", "airflow.models.dag", "airflow.models.taskinstance"):
        importlib.import_module(module)
    from airflow.models.dag import DAG
    from airflow.models.xcom_arg import XComArg
    from airflow.serialization import serialized_objects
    from airflow.utils.task_group import TaskGroup

    try:
        from airflow.sdk import DAG, TaskGroup, XComArg, setup, task, task_group, teardown
    except ImportError:
        from airflow.decorators import setup, task, task_group, teardown

SERIALIZATION = getattr(serialized_objects, "DagSerialization", None) or serialized_objects.SerializedDAG
"""Writes a DAG for the scheduler, and reads it."""

__all__ = ["DAG", "SERIALIZATION", "TaskGroup", "XComArg", "setup", "task", "task_group", "teardown"]
