"""Answers a `resolve` request: which tasks a DAG file has, described so that they can run elsewhere."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from airlock_runtime.airflow.classes import Classes
from airlock_runtime.describe.around import rules
from airlock_runtime.describe.describe import Warn, describe
from airlock_runtime.describe.grouped import has_instances
from airlock_runtime.describe.mapped import describe_mapped
from airlock_runtime.describe.record import record_calls
from airlock_runtime.runner.answers import Answers
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.resolve.dialects import know_dialects
from airlock_runtime.runner.resolve.instances import Instances
from airlock_runtime.runner.resolve.load import load_dags
from airlock_runtime.runner.resolve.pod import pod_of
from airlock_runtime.wire.outcome import Failure


def resolve(
    request: Mapping[str, Any], answers: Answers, classes: Classes, events: Events
) -> Iterator[list[dict[str, Any]]]:
    """The task that the request names, that and all that it depends on (`upstream`), or all of the file. Of a task in a
    group its name there is enough, where no other task is called so.

    All of the file are to be listed, or to be run (`to_run`): then they are of one DAG, and one that cannot travel is a
    failure. A task that is mapped, or whose group is, is one until its instances are asked for (`expand`), or one of
    them (`map_index`). Where that is asked for (`pods`), each comes with what is said of the pod that would carry it.

    :returns: in parts, each of which one message holds
    :raises Failure: `dag_import`, `dag_not_found`, `task_not_found`, `cannot_travel`, `not_mapped`, `cannot_map`,
        `no_such_instance`, `bad_pod`
    """
    dag_file, task_id = str(request.get("dag_file") or ""), request.get("task_id")
    pods = bool(request.get("pods"))
    record_calls(classes.base_operator_meta, classes.mapped_operator, dag_file)
    know_dialects()
    with events.muted("airflow.models.dagbag", "airflow.dag_processing"):  # its errors are the outcome's
        dags = load_dags(dag_file)

    def warn(message: str) -> None:
        events.log(message, level="warning")

    if task_id is not None:
        dag, task_id = _found(dags, task_id, request.get("dag_id"))
        if request.get("expand") or request.get("map_index") is not None:
            instances = Instances(dag.get_task(task_id), dag, dag_file, answers, classes, pods)
            yield from instances.described(request.get("map_index"), warn, events)
            return
        wanted = _with_upstream(dag, task_id) if request.get("upstream") else [task_id]
    elif request.get("to_run"):
        dag = _only(_named(dags, request.get("dag_id")))
        wanted = list(dag.task_ids)
        if not wanted:
            raise Failure("task_not_found", f"The DAG {dag.dag_id} has no tasks")
    else:
        yield _listed(_named(dags, request.get("dag_id")), dag_file, classes, warn)
        return
    for each in wanted:
        task = dag.get_task(each)
        if has_instances(task, classes.mapped_operator):
            described = describe_mapped(task, dag, dag_file)
        else:
            described = describe(task, dag, dag_file, classes, warn)
            if pods:
                described["pod"] = pod_of(task, warn)
        yield [{**described, "rules": rules(task)}]


def _listed(dags: list[Any], dag_file: str, classes: Classes, warn: Warn) -> list[dict[str, Any]]:
    described = []
    for dag in dags:
        for task in dag.tasks:
            try:
                described.append(describe(task, dag, dag_file, classes, warn, to_run=False))
            except Failure as failure:
                warn(str(failure))
    return described


def _with_upstream(dag: Any, task_id: str) -> list[str]:
    """In the order of the DAG."""
    found: set[str] = set()
    waiting = [task_id]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += dag.get_task(each).upstream_task_ids
    return [each for each in dag.task_ids if each in found]


def _only(dags: list[Any]) -> Any:
    if len(dags) > 1:
        ids = ", ".join(sorted(dag.dag_id for dag in dags))
        raise Failure("dag_not_found", f"The file has several DAGs: {ids}")
    return dags[0]


def _named(dags: Mapping[str, Any], dag_id: str | None) -> list[Any]:
    if dag_id is None:
        return list(dags.values())
    if dag_id not in dags:
        raise Failure("dag_not_found", f"The file has no DAG {dag_id!r}; it has {', '.join(sorted(dags))}")
    return [dags[dag_id]]


def _found(dags: Mapping[str, Any], name: str, dag_id: str | None) -> tuple[Any, str]:
    """The DAG that has a task, and the task's id."""
    wanted = _named(dags, dag_id)
    having = [dag for dag in wanted if dag.has_task(name)]
    if len(having) == 1:
        return having[0], name
    if having:
        ids = ", ".join(sorted(dag.dag_id for dag in having))
        raise Failure("dag_not_found", f"Several DAGs of the file have a task {name!r}: {ids}")
    in_groups = [(dag, task_id) for dag in wanted for task_id in dag.task_ids if task_id.endswith(f".{name}")]
    if len(in_groups) == 1:
        return in_groups[0]
    if in_groups:
        ids = ", ".join(f"{dag.dag_id}: {task_id}" for dag, task_id in in_groups)
        raise Failure("task_not_found", f"Several tasks are called {name!r} in their groups: {ids}")
    there = "; ".join(f"{dag.dag_id}: {', '.join(sorted(dag.task_ids)) or 'no tasks'}" for dag in wanted)
    raise Failure("task_not_found", f"There is no task {name!r}. There are: {there}")
