"""Describes one task as JSON that names no Airflow class: all that a child environment needs to run it."""

from __future__ import annotations

import os
from typing import Any, Callable, Mapping

from airlock_runtime.airflow.classes import Classes, arguments_of_every_operator, is_default
from airlock_runtime.describe import foresee
from airlock_runtime.describe.around import Surroundings, neighbours, param_values
from airlock_runtime.describe.encode import TaskEncoder
from airlock_runtime.describe.functions import is_of_dag_file
from airlock_runtime.describe.grouped import GroupInstance
from airlock_runtime.describe.modules import ProjectModules
from airlock_runtime.describe.outside import acts_outside
from airlock_runtime.describe.record import call_of
from airlock_runtime.wire.outcome import Failure
from airlock_runtime.wire.values import NotEncodable

Warn = Callable[[str], None]

_NOT_THE_TASKS_OWN = frozenset({"task_id", "dag", "task_group", "default_args"})


def describe(
    task: Any,
    dag: Any,
    dag_file: str,
    classes: Classes,
    warn: Warn,
    *,
    to_run: bool = True,
    inner: Mapping[str, Any] | None = None,
    of_group: GroupInstance | None = None,
) -> dict[str, Any]:
    """One task of a DAG.

    :param inner: an isolated task's arguments of the inner operator, where they are not as its DAG file says them
    :param of_group: of a task of a mapped task group, which instance
    :param to_run: with the DAG's other tasks by id, which a task may branch into; a listing has no use for them, and
        that of a large DAG would not fit into one message with all ids at every task
    :param warn: told what is left behind without harm
    :raises Failure: `cannot_travel`, naming the argument and the way out
    """
    described = _Description(task, dag, dag_file, classes, warn, inner, of_group).task()
    if to_run:
        described["dag"].update(neighbours(task, dag))
    return described


class _Description:
    def __init__(
        self,
        task: Any,
        dag: Any,
        dag_file: str,
        classes: Classes,
        warn: Warn,
        inner: Mapping[str, Any] | None,
        of_group: GroupInstance | None,
    ) -> None:
        self._task, self._dag, self._dag_file, self._classes, self._warn = task, dag, dag_file, classes, warn
        self._inner = task.inner_kwargs if inner is None and _is_isolated(task) else inner or {}
        self._call = call_of(task)
        self._modules = ProjectModules()
        self._map_index = -1 if of_group is None else of_group.map_index
        stays = not _is_isolated(task)
        self._encoder = TaskEncoder(classes, dag_file, self._modules, stays=stays, of_group=of_group)

    def task(self) -> dict[str, Any]:
        task = self._task
        if isinstance(task, self._classes.mapped_operator):
            raise self._failure("It is mapped (`expand`): each of its instances travels for itself")
        isolated = _is_isolated(task)
        operator = self._operator_name(isolated)
        kwargs = self._kwargs(isolated)
        raw = self._inner if isolated else self._call.kwargs
        folders = [os.path.dirname(self._dag_file), *(self._dag.template_searchpath or ())]
        texts = list(foresee.strings(raw))
        files = foresee.template_files(texts, folders)
        texts += files.values()
        self._modules.add(operator.rpartition(".")[0])
        surroundings = Surroundings(task, self._dag, self._defaults(isolated), self._encoder, self._cannot_travel)
        return {
            "dag_id": self._dag.dag_id,
            "task_id": task.task_id,
            "operator": operator,
            "isolated": isolated,
            "environment": task.environment if isolated else None,
            "image": task.image if isolated else None,
            "isolation_type": task.isolation_type if isolated else None,
            "python": task.python if isolated else None,
            "kwargs": kwargs,
            "upstream": sorted(task.upstream_task_ids),
            "downstream": sorted(task.downstream_task_ids),
            "map_index": self._map_index,
            "dag": {**surroundings.facts(texts), "dag_file": self._dag_file, "template_files": dict(files)},
            "modules": self._modules.described(),
            "conn_ids": foresee.connections(raw, texts),
            "variables": foresee.variables(texts),
            "source": {"file": self._call.file, "line": self._call.line} if self._call.file else None,
        }

    def _operator_name(self, isolated: bool) -> str:
        kind = type(self._task)
        name = str(self._task.operator) if isolated else f"{kind.__module__}.{kind.__qualname__}"
        if is_of_dag_file(name.partition(".")[0]):
            raise self._failure(
                f"Its operator {name.partition('.')[2]} is defined in the DAG file, which is not loaded where the "
                "task runs. Move the class to a module of the project, such as include/"
            )
        return name

    def _kwargs(self, isolated: bool) -> dict[str, Any]:
        base = arguments_of_every_operator(self._classes.base_operator)
        given = dict(self._call.kwargs)
        if isolated:
            acting = {name: value for name, value in given.items() if name in base and not acts_outside(name)}
            # An instance of a mapped task has been given all of them, also what the inner Airflow may not know.
            given = {name: value for name, value in acting.items() if not is_default(value, base[name])}
            given.update(self._inner)
        if hasattr(given.get("params"), "get_param"):  # Airflow has merged the task's with the DAG's
            given["params"] = param_values(given["params"])
        kwargs = {}
        for name, value in given.items():
            if name in _NOT_THE_TASKS_OWN or type(value).__name__ == "ArgNotSet":
                continue
            try:
                kwargs[name] = self._encoder.encode(value)
            except NotEncodable as error:
                if name not in base:
                    raise self._cannot_travel(name, error) from None
                self._warn(f"{self._task.task_id}: the argument {name} stays behind: {error}")
        return kwargs

    def _defaults(self, isolated: bool) -> dict[str, Any]:
        """What the DAG, the group and the task itself say for all arguments that are not given."""
        group = self._task.task_group
        holders = (self._dag.default_args, getattr(group, "default_args", None), self._call.kwargs.get("default_args"))
        defaults = {name: value for holder in holders for name, value in (holder or {}).items()}
        if not isolated:
            return defaults
        own = self._task.own_arguments()
        return {name: value for name, value in defaults.items() if name not in own and not acts_outside(name)}

    def _cannot_travel(self, name: str, error: NotEncodable) -> Failure:
        where = f"{name}{error.path}" if error.path.startswith("[") or not error.path else f"{name}: {error.path}"
        return self._failure(
            f"{where} is {error.reason}. Only values and functions travel to the task's environment: pass what it is "
            "made of (an id, a path, a text), or move it to a module of the project, such as include/, by its name"
        )

    def _failure(self, message: str) -> Failure:
        place = (self._call.file, self._call.line) if self._call.file else None
        return Failure("cannot_travel", f"The task {self._task.task_id} cannot travel. {message}", place)


def _is_isolated(task: Any) -> bool:
    """Whether it is an `IsolatedOperator`, which imports this room and not the other way round."""
    return getattr(task, "inner_kwargs", None) is not None
