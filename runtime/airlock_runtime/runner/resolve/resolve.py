"""Finds tasks of a DAG file, as the scheduler of this image would load it, and describes them."""

from __future__ import annotations

from typing import Any, Mapping

from airlock_runtime.airflow.classes import Classes
from airlock_runtime.describe.describe import describe
from airlock_runtime.describe.record import record_calls
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.resolve.load import load_dags
from airlock_runtime.wire.outcome import Failure


def resolve(request: Mapping[str, Any], classes: Classes, events: Events) -> list[dict[str, Any]]:
    """The task that the request names, or all of the file.

    :raises Failure: `dag_import`, `dag_not_found`, `task_not_found`, `cannot_travel`
    """
    dag_file, task_id = str(request.get("dag_file") or ""), request.get("task_id")
    record_calls(classes.base_operator_meta, dag_file)
    with events.muted("airflow.models.dagbag", "airflow.dag_processing"):  # its errors are the outcome's
        dags = load_dags(dag_file)

    def warn(message: str) -> None:
        events.log(message, level="warning")

    if task_id is not None:
        dag = _dag_with(dags, task_id, request.get("dag_id"))
        return [describe(dag.get_task(task_id), dag, dag_file, classes, warn)]
    described = []
    for dag in _named(dags, request.get("dag_id")):
        for task in dag.tasks:
            try:
                described.append(describe(task, dag, dag_file, classes, warn, to_run=False))
            except Failure as failure:
                warn(str(failure))
    return described


def _named(dags: Mapping[str, Any], dag_id: str | None) -> list[Any]:
    if dag_id is None:
        return list(dags.values())
    if dag_id not in dags:
        raise Failure("dag_not_found", f"The file has no DAG {dag_id!r}; it has {', '.join(sorted(dags))}")
    return [dags[dag_id]]


def _dag_with(dags: Mapping[str, Any], task_id: str, dag_id: str | None) -> Any:
    wanted = _named(dags, dag_id)
    having = [dag for dag in wanted if dag.has_task(task_id)]
    if len(having) == 1:
        return having[0]
    if having:
        ids = ", ".join(sorted(dag.dag_id for dag in having))
        raise Failure("dag_not_found", f"Several DAGs of the file have a task {task_id!r}: {ids}")
    there = "; ".join(f"{dag.dag_id}: {', '.join(sorted(dag.task_ids)) or 'no tasks'}" for dag in wanted)
    raise Failure("task_not_found", f"There is no task {task_id!r}. There are: {there}")
