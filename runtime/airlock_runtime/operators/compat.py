"""What DAG files are made of, from where this Airflow keeps it."""

from __future__ import annotations

from airflow.exceptions import AirflowException

from airlock_runtime.airflow.versions import airflow_release

if airflow_release() < (3, 1):  # on 3.0 branching skips no operators but of this class, which is not the SDK's
    from airflow.models.baseoperator import BaseOperator
else:
    from airflow.sdk import BaseOperator
try:
    from airflow.sdk.bases.decorator import DecoratedOperator, task_decorator_factory
    from airflow.sdk.definitions._internal.expandinput import DictOfListsExpandInput, is_mappable
    from airflow.sdk.definitions.mappedoperator import OperatorPartial
    from airflow.sdk.definitions.xcom_arg import XComArg
except ImportError:  # Airflow 2
    from airflow.decorators.base import DecoratedOperator, task_decorator_factory
    from airflow.models.expandinput import DictOfListsExpandInput, is_mappable
    from airflow.models.mappedoperator import OperatorPartial
    from airflow.models.xcom_arg import XComArg

__all__ = [
    "AirflowException",
    "BaseOperator",
    "DecoratedOperator",
    "DictOfListsExpandInput",
    "OperatorPartial",
    "XComArg",
    "is_mappable",
    "task_decorator_factory",
]
