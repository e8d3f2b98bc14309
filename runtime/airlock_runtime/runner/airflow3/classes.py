"""Where Airflow 3 keeps the classes of a DAG."""

from __future__ import annotations

from airlock_runtime.runner.generation import Classes


def classes() -> Classes:
    from airflow.sdk import DAG, BaseOperator, Param, TaskGroup, XComArg
    from airflow.sdk.bases.operator import BaseOperatorMeta
    from airflow.sdk.definitions._internal.abstractoperator import AbstractOperator
    from airflow.sdk.definitions._internal.mixins import ResolveMixin
    from airflow.sdk.definitions._internal.templater import LiteralValue
    from airflow.sdk.definitions.mappedoperator import MappedOperator
    from airflow.sdk.definitions.xcom_arg import PlainXComArg

    return Classes(
        dag=DAG,
        base_operator=BaseOperator,
        base_operator_meta=BaseOperatorMeta,
        abstract_operator=AbstractOperator,
        mapped_operator=MappedOperator,
        task_group=TaskGroup,
        xcom_arg=XComArg,
        plain_xcom_arg=PlainXComArg,
        resolvable=ResolveMixin,
        literal=LiteralValue,
        param=Param,
    )
