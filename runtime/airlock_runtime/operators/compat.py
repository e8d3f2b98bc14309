"""What DAG files are made of, from where this Airflow keeps it."""

from __future__ import annotations

try:
    from airflow.sdk import BaseOperator
    from airflow.sdk.bases.decorator import DecoratedOperator, task_decorator_factory
    from airflow.sdk.definitions._internal.expandinput import DictOfListsExpandInput, is_mappable
    from airflow.sdk.definitions.mappedoperator import OperatorPartial
    from airflow.sdk.definitions.xcom_arg import XComArg
except ImportError:  # Airflow 2
    from airflow.decorators.base import DecoratedOperator, task_decorator_factory
    from airflow.models.baseoperator import BaseOperator
    from airflow.models.expandinput import DictOfListsExpandInput, is_mappable
    from airflow.models.mappedoperator import OperatorPartial
    from airflow.models.xcom_arg import XComArg

from airflow.exceptions import AirflowException

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
