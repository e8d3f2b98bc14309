"""Where Airflow 3 keeps the classes of a DAG."""

from __future__ import annotations

from typing import Any

from airlock_runtime.airflow.classes import Classes
from airlock_runtime.airflow.versions import airflow_release


def classes() -> Classes:
    from airflow.sdk import DAG, Param, TaskGroup, XComArg
    from airflow.sdk.bases.operator import BaseOperatorMeta
    from airflow.sdk.definitions._internal.abstractoperator import AbstractOperator
    from airflow.sdk.definitions._internal.expandinput import MappedArgument
    from airflow.sdk.definitions._internal.mixins import ResolveMixin
    from airflow.sdk.definitions._internal.templater import LiteralValue
    from airflow.sdk.definitions.asset import Asset, AssetAlias, AssetNameRef, AssetUriRef
    from airflow.sdk.definitions.mappedoperator import MappedOperator
    from airflow.sdk.definitions.xcom_arg import PlainXComArg

    return Classes(
        dag=DAG,
        base_operator=_base_operator(),
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
        asset=Asset,
        asset_alias=AssetAlias,
        asset_refs=(AssetNameRef, AssetUriRef),
    )


def _base_operator() -> Any:
    """On 3.0 operators descend from, and branching skips none but of, a class of Airflow's core upon the SDK's."""
    if airflow_release() < (3, 1):
        from airflow.models.baseoperator import BaseOperator
    else:
        from airflow.sdk import BaseOperator
    return BaseOperator
