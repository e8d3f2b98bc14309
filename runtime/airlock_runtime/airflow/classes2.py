"""Where Airflow 2 keeps the classes of a DAG."""

from __future__ import annotations

from airlock_runtime.airflow.classes import Classes


def classes() -> Classes:
    from airflow import datasets
    from airflow.models.abstractoperator import AbstractOperator
    from airflow.models.baseoperator import BaseOperator, BaseOperatorMeta
    from airflow.models.dag import DAG
    from airflow.models.expandinput import MappedArgument
    from airflow.models.mappedoperator import MappedOperator
    from airflow.models.param import Param
    from airflow.models.xcom_arg import PlainXComArg, XComArg
    from airflow.template.templater import LiteralValue
    from airflow.utils.mixins import ResolveMixin
    from airflow.utils.task_group import TaskGroup

    return Classes(
        dag=DAG,
        base_operator=BaseOperator,
        base_operator_meta=BaseOperatorMeta,
        abstract_operator=AbstractOperator,
        mapped_operator=MappedOperator,
        mapped_argument=MappedArgument,
        task_group=TaskGroup,
        xcom_arg=XComArg,
        plain_xcom_arg=PlainXComArg,
        resolvable=ResolveMixin,
        literal=LiteralValue,
        param=Param,
        asset=datasets.Dataset,
        asset_alias=getattr(datasets, "DatasetAlias", None),  # 2.10 and later
        asset_refs=(),
    )
