"""Mapped tasks: what is known of one before it is expanded, and its instances as operators of their own."""

from __future__ import annotations

from typing import Any, Collection, Mapping

from airlock_runtime.airflow.classes import Classes, arguments_of_every_operator, is_default
from airlock_runtime.describe.grouped import mapped_group_of
from airlock_runtime.describe.record import Call, call_of, take_call
from airlock_runtime.wire.outcome import Failure
from airlock_runtime.wire.values import Literal

_FUNCTIONS_ARGUMENTS = "op_kwargs"


def describe_mapped(task: Any, dag: Any, dag_file: str) -> dict[str, Any]:
    """Where it will run as far as that is known yet, and what it depends on; its instances are described one by one.

    :param task: a mapped operator, or an operator of a mapped task group
    """
    in_group = mapped_group_of(task) is not None
    kind = type(task) if in_group else task.operator_class
    isolated = _is_isolated(kind)

    def own(name: str) -> Any:
        return getattr(task, name) if in_group else task.partial_kwargs.get(name)

    call = call_of(task)
    return {
        "dag_id": dag.dag_id,
        "task_id": task.task_id,
        "operator": own("operator") if isolated else f"{kind.__module__}.{kind.__qualname__}",
        "isolated": isolated,
        "environment": own("environment") if isolated else None,
        "image": own("image") if isolated else None,
        "python": None,
        "isolation_type": None,
        "mapped": True,
        "kwargs": {},
        "upstream": sorted(task.upstream_task_ids),
        "downstream": sorted(task.downstream_task_ids),
        "map_index": -1,
        "dag": {"dag_file": dag_file},
        "source": {"file": call.file, "line": call.line} if call.file else None,
    }


def instance_of(
    task: Any, mapped: Mapping[str, Any], resolved: Collection[str], classes: Classes
) -> tuple[Any, dict[str, Any] | None]:
    """The operator of one instance, made as Airflow makes it.

    :param mapped: the arguments that are mapped, as this instance has them
    :param resolved: the names of those that came out of XComs, and are not rendered
    :returns: the operator, and the inner operator's arguments where it is an isolated task
    :raises Failure: `bad_argument` where it does not take them
    """
    # TaskFlow maps the arguments of its function.
    of_function = task._expand_input_attr == f"{_FUNCTIONS_ARGUMENTS}_expand_input"
    call = call_of(task)
    try:
        operator = task.unmap({_FUNCTIONS_ARGUMENTS: mapped} if of_function else mapped)
    except Exception as error:
        place = (call.file, call.line) if call.file else None
        message = f"An instance of {task.task_id} does not take what it is mapped over: {error}"
        raise Failure("bad_argument", message, place) from error

    def marked(kwargs: Mapping[str, Any]) -> dict[str, Any]:
        if of_function:
            arguments = _literal(kwargs.get(_FUNCTIONS_ARGUMENTS) or {}, resolved)
            return {**kwargs, _FUNCTIONS_ARGUMENTS: arguments}
        return _literal(kwargs, resolved)

    take_call(operator, Call(marked(_given(operator, classes)), call.file, call.line))
    return operator, marked(operator.inner_kwargs) if _is_isolated(task.operator_class) else None


def _is_isolated(kind: Any) -> bool:
    """Whether it is a class of isolated tasks, which imports this room and not the other way round."""
    return hasattr(kind, "own_arguments")


def _given(operator: Any, classes: Classes) -> dict[str, Any]:
    """What Airflow called it with, without what `partial` fills in where nobody says anything."""
    base = arguments_of_every_operator(classes.base_operator)
    kwargs = call_of(operator).kwargs
    own = {name: value for name, value in kwargs.items() if not name.startswith("_airflow")}
    return {
        name: value
        for name, value in own.items()
        if name not in base or not (is_default(value, base[name]) or value in ([], {}))
    }


def _literal(kwargs: Mapping[str, Any], resolved: Collection[str]) -> dict[str, Any]:
    return {name: Literal(value) if name in resolved else value for name, value in kwargs.items()}
