"""Which arguments of an isolated task are its own, and which are the inner operator's.

Contract: what every operator takes (`retries`, `pool`, ...) acts once, on the outer task. What is wrong is said while
the DAG file is parsed, by the argument's name. The inner operator is never imported.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Mapping

from airlock_runtime.airflow.classes import arguments_of_every_operator
from airlock_runtime.launch.settings import ISOLATION_TYPES
from airlock_runtime.operators.compat import AirflowException, BaseOperator
from airlock_runtime.wire.callables import ByName

_CALLABLE_BY_NAME = re.compile(r"_(\w+)_qualname")
"""`_python_callable_qualname="package.module.function"`, as apache-airflow-providers-isolation 1.0.1 spells it."""

_TAKEN = {
    "kubernetes": frozenset({"image", "cmds", "arguments", "do_xcom_push"}),
    "docker": frozenset({"image", "command", "entrypoint", "tty", "xcom_all", "retrieve_output", "skip_on_exit_code"}),
    "external_python": frozenset({"python_callable", "op_args", "op_kwargs", "string_args", "serializer", "use_dill"}),
}
"""Arguments of the carrying operators that Airlock itself sets, or that would have no effect."""

_FOR_THE_PARENT = {
    "TriggerDagRunOperator": "it starts a DAG run, which only Airflow's own database can hold",
    "ExternalTaskSensor": "it looks at other tasks in Airflow's own database",
    "ExternalTaskMarker": "it is a mark for Airflow itself",
    "HITLOperator": "it waits for an answer in Airflow's own database",
    "HITLEntryOperator": "it waits for an answer in Airflow's own database",
    "HITLBranchOperator": "it waits for an answer in Airflow's own database",
    "ApprovalOperator": "it waits for an answer in Airflow's own database",
}


@cache
def base_arguments() -> frozenset[str]:
    """The arguments that every operator of this Airflow takes."""
    return frozenset(arguments_of_every_operator(BaseOperator))


def split(kwargs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is every operator's, and what is the inner operator's alone."""
    base = base_arguments()
    own = {name: value for name, value in kwargs.items() if name in base}
    inner = {name: value for name, value in kwargs.items() if name not in base}
    return own, inner


def inner_arguments(task_id: str, given: Mapping[str, Any], operator_kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The inner operator's arguments, from beside `operator_kwargs` and in it.

    :raises AirflowException: for one that is given twice, or is the task's own
    """
    twice = sorted(given.keys() & operator_kwargs.keys())
    if twice:
        raise AirflowException(f"{task_id}: given twice, beside operator_kwargs and in it: {', '.join(twice)}")
    every = sorted(base_arguments() & operator_kwargs.keys())
    if every:
        raise AirflowException(
            f"{task_id}: every operator takes {', '.join(every)}, which act on this task and not inside of it: "
            "give them beside operator_kwargs"
        )
    inner = {}
    for name, value in {**given, **operator_kwargs}.items():
        named = _CALLABLE_BY_NAME.fullmatch(name)
        if named and isinstance(value, str):
            inner[named[1]] = ByName(value)
        else:
            inner[name] = value
    return inner


def carrier_arguments(
    task_id: str, isolation_type: str | None, one: Mapping[str, Any] | None, other: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What the operator that carries the task is to get.

    :param one: `isolated_operator_kwargs`
    :param other: `kubernetes_pod_operator_kwargs`, the same as another dialect calls it
    :raises AirflowException: for what Airlock sets itself, and what belongs to the task
    """
    if isolation_type not in (None, *ISOLATION_TYPES):
        raise AirflowException(
            f"{task_id}: isolation_type is {isolation_type!r}, not one of {', '.join(ISOLATION_TYPES)}"
        )
    twice = sorted((one or {}).keys() & (other or {}).keys())
    if twice:
        both = "isolated_operator_kwargs and kubernetes_pod_operator_kwargs"
        raise AirflowException(f"{task_id}: given twice, in {both}: {', '.join(twice)}")
    carrier = {**(other or {}), **(one or {})}
    every = sorted((base_arguments() - {"do_xcom_push"}) & carrier.keys())
    if every:
        raise AirflowException(
            f"{task_id}: isolated_operator_kwargs has {', '.join(every)}, which belong to the task itself: "
            "give them to IsolatedOperator"
        )
    check_carrier_arguments(task_id, isolation_type, carrier)
    return carrier


def check_carrier_arguments(task_id: str, isolation_type: str | None, carrier: Mapping[str, Any]) -> None:
    """:raises AirflowException: for what Airlock sets itself on a carrier of that type"""
    taken = sorted(_TAKEN.get(isolation_type or "", frozenset()) & carrier.keys())
    if taken:
        raise AirflowException(
            f"{task_id}: isolated_operator_kwargs has {', '.join(taken)}, which Airlock sets itself to carry the "
            f"task ({isolation_type})"
        )


def operator_name(task_id: str, operator: type | str) -> str:
    """The inner operator's qualified name.

    :raises AirflowException: for what names none, and for operators that only work in the parent
    """
    if isinstance(operator, str):
        if not all(part.isidentifier() for part in operator.split(".")) or "." not in operator:
            raise AirflowException(
                f"{task_id}: operator is {operator!r}, not a qualified name such as package.module.Operator"
            )
        name = operator
    elif isinstance(operator, type):
        name = f"{operator.__module__}.{operator.__qualname__}"
    else:
        raise AirflowException(f"{task_id}: operator is {operator!r}, neither a class nor a qualified name")
    reason = _FOR_THE_PARENT.get(name.rpartition(".")[2])
    if reason and name.startswith("airflow."):
        raise AirflowException(
            f"{task_id}: {name.rpartition('.')[2]} cannot run isolated: {reason}. Use it as an ordinary task"
        )
    return name
