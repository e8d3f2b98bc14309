"""The DAG run and the try as the inner task is told of them.

Contract: reads a task's own context, of Airflow 2 or 3; asks the database only for a sensor that was called again.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from airlock_runtime.airflow.assets import event_facts
from airlock_runtime.airflow.versions import airflow_generation
from airlock_runtime.describe.encode import TaskEncoder
from airlock_runtime.wire.values import NotEncodable, encode


def run_facts(task: Any, context: Any, encoder: TaskEncoder) -> dict[str, Any]:
    """`run` of an execute request (contract/request.schema.json)."""
    dag_run, instance = context["dag_run"], context["ti"]
    logical = getattr(dag_run, "logical_date", None)
    logical = logical or getattr(dag_run, "execution_date", None)
    end = getattr(dag_run, "data_interval_end", None)
    first = _first_start(task, context) if task.reschedule else None
    facts = {
        "run_id": dag_run.run_id,
        "run_type": str(getattr(dag_run.run_type, "value", dag_run.run_type)),
        "logical_date": _iso(logical),
        "data_interval_start": _iso(getattr(dag_run, "data_interval_start", None)),
        "data_interval_end": _iso(end),
        "run_after": _iso(getattr(dag_run, "run_after", None) or end or logical),
        "start_date": _iso(dag_run.start_date),
        "conf": {name: encoder.encode(value) for name, value in (dag_run.conf or {}).items()},
        "try_number": instance.try_number,
        "max_tries": instance.max_tries or 0,
        "map_index": -1 if instance.map_index is None else instance.map_index,
        "first_start_date": _iso(first),
        "details": _details(dag_run),
        "instance": _instance(instance),
    }
    started_by = _asset_events(dag_run)
    if started_by:
        facts["asset_events"] = started_by
    if airflow_generation() == 2:  # whose tasks look for it each time; on 3 it is asked for
        previous = instance.get_previous_dagrun(state="success")
        facts["previous_success"] = None if previous is None else earlier_run(previous)
    return facts


def _asset_events(dag_run: Any) -> list[dict[str, Any]]:
    """The events of assets that started the run. Airflow 2 asks its database for them."""
    if airflow_generation() >= 3:
        return [event_facts(event) for event in dag_run.consumed_asset_events]
    if str(dag_run.run_type) != "dataset_triggered":
        return []
    from airflow.models.dataset import DatasetEvent
    from airflow.utils.session import create_session

    with create_session() as session:
        run = type(dag_run)
        events = session.query(DatasetEvent).join(DatasetEvent.created_dagruns)
        of_run = events.filter(run.dag_id == dag_run.dag_id, run.run_id == dag_run.run_id)
        return [event_facts(event) for event in of_run.order_by(DatasetEvent.timestamp)]


def earlier_run(run: Any) -> dict[str, Any]:
    """Another DAG run's dates by name, as ISO texts, and its id, state and kind."""
    names = ("logical_date", "data_interval_start", "data_interval_end", "run_after", "start_date", "end_date")
    dates = {name: getattr(run, name, None) for name in names}
    dates["logical_date"] = dates["logical_date"] or getattr(run, "execution_date", None)
    words = {name: getattr(run, name, None) for name in ("run_id", "state", "run_type")}
    told = {name: str(getattr(word, "value", word)) for name, word in words.items() if word}
    return {**told, **{name: date.isoformat() for name, date in dates.items() if date is not None}}


_TOLD = {
    *("dag_id", "run_id", "run_type", "logical_date", "execution_date", "data_interval_start", "data_interval_end"),
    *("run_after", "start_date", "conf", "state", "consumed_asset_events"),
}
"""What the request says of a run by a name of its own."""


def _details(dag_run: Any) -> dict[str, Any]:
    """What else of the run its own generation shows, such as `external_trigger`."""
    model = type(dag_run)
    names = getattr(model, "model_fields", None) or _columns(model)
    details = {}
    for name in names:
        if name not in _TOLD and not name.startswith("_"):
            with suppress(NotEncodable):
                details[name] = encode(getattr(dag_run, name, None))
    return details


def _columns(model: Any) -> list[str]:
    from sqlalchemy import inspect

    return [attribute.key for attribute in inspect(model).column_attrs]


def _instance(instance: Any) -> dict[str, Any]:
    """What the inner task shows as its instance is the outer one."""
    ids = {name: getattr(instance, name, None) for name in ("id", "dag_version_id")}
    start = getattr(instance, "start_date", None)
    return {name: str(value) for name, value in ids.items() if value is not None} | {"start_date": _iso(start)}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _first_start(task: Any, context: Any) -> datetime | None:
    """When the first call of a sensor that asks to be called again began: its time-out counts from then."""
    instance = context["ti"]
    if airflow_generation() >= 3:
        first: datetime | None = instance.get_first_reschedule_date(context)
        return first
    from airflow.models.taskreschedule import TaskReschedule
    from airflow.utils.session import create_session

    with create_session() as session:
        rows = session.query(TaskReschedule.start_date).filter(
            TaskReschedule.dag_id == instance.dag_id,
            TaskReschedule.task_id == instance.task_id,
            TaskReschedule.run_id == instance.run_id,
            TaskReschedule.map_index == instance.map_index,
            TaskReschedule.try_number == instance.try_number,
        )
        row = rows.order_by(TaskReschedule.id.asc()).first()
    return None if row is None else row[0]
