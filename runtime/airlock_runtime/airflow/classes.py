"""Airflow's classes that a DAG is made of; they live elsewhere in each generation."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from airlock_runtime.airflow.versions import airflow_generation


@dataclass(frozen=True)
class Classes:
    """
    :param mapped_argument: what stands for an argument of a mapped task group
    :param resolvable: what is resolved when a task runs, such as a reference to an XCom
    :param literal: marks a value that is not rendered
    :param asset: Airflow 2's dataset; `asset_alias` is None where there are no aliases
    :param asset_refs: references to an asset by its name and by its URI, where there are such
    """

    dag: Any
    base_operator: Any
    base_operator_meta: Any
    abstract_operator: Any
    mapped_operator: Any
    mapped_argument: Any
    task_group: Any
    xcom_arg: Any
    plain_xcom_arg: Any
    resolvable: Any
    literal: Any
    param: Any
    asset: Any
    asset_alias: Any
    asset_refs: tuple[Any, ...]


def airflow_classes() -> Classes:
    """Those of the Airflow that is installed; imported now."""
    if airflow_generation() >= 3:
        from airlock_runtime.airflow.classes3 import classes
    else:
        from airlock_runtime.airflow.classes2 import classes
    return classes()


def arguments_of_every_operator(base_operator: Any) -> dict[str, Any]:
    """The arguments that every operator takes, with their defaults."""
    kinds = [kind for kind in base_operator.__mro__ if kind.__name__ == "BaseOperator"]  # two of them on 3.0
    parameters = [p for kind in kinds for p in inspect.signature(kind.__init__).parameters.values()]
    kinds_of_parameter = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return {p.name: p.default for p in parameters if p.kind in kinds_of_parameter and p.name != "self"}


def is_default(value: Any, default: Any) -> bool:
    """Whether an argument says no more than its default does."""
    return value is default or (type(value) is type(default) and bool(value == default))
