"""Requests, checked when they come: a wrong one is told as such and not as an error deep in Airflow.

Contract: JSON in, dataclasses out; unknown fields are ignored, so that a newer sender may say more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Mapping

from airlock_runtime.runner.shape import check_execute
from airlock_runtime.wire.outcome import Failure

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """The DAG run and the try that a task is part of.

    :param logical_date: None of a run of Airflow 3 that has none, such as one that an asset started
    :param first_start_date: of a sensor that asked to be called again, when its first call began
    :param details: what else of it the outer Airflow shows, by that one's names
    :param asset_events: of the assets that started it
    :param instance: of the task instance: `id` and `dag_version_id` of Airflow 3, `start_date`
    """

    dag_id: str
    run_id: str
    run_type: str
    logical_date: datetime | None
    data_interval_start: datetime | None
    data_interval_end: datetime | None
    run_after: datetime
    start_date: datetime
    conf: Json
    try_number: int
    max_tries: int
    map_index: int
    first_start_date: datetime | None
    details: Json = field(default_factory=dict)
    instance: Json = field(default_factory=dict)
    asset_events: tuple[Json, ...] = ()


@dataclass(frozen=True)
class Execution:
    """One task to execute, and all that is known of its run."""

    task: Json
    run: Run


def execution_of(request: Json) -> Execution:
    """:raises Failure: `protocol`, naming the field that is missing or not what it should be"""
    check_execute(request)
    task, run = request["task"], request["run"]
    logical, end = _moment(run, "logical_date"), _moment(run, "data_interval_end")
    after = _moment(run, "run_after") or end or logical
    if after is None:
        raise Failure("protocol", "The request's run has neither a run_after nor a logical_date")
    return Execution(
        task,
        Run(
            dag_id=task["dag_id"],
            run_id=run["run_id"],
            run_type=run.get("run_type") or "manual",
            logical_date=logical,
            data_interval_start=_moment(run, "data_interval_start") or logical,
            data_interval_end=end or logical,
            run_after=after,
            start_date=_moment(run, "start_date") or datetime.now(timezone.utc),
            conf=run.get("conf") or {},
            try_number=run.get("try_number") or 1,
            max_tries=run.get("max_tries") or 0,
            map_index=run.get("map_index", -1),
            first_start_date=_moment(run, "first_start_date"),
            details=run.get("details") or {},
            instance=run.get("instance") or {},
            asset_events=tuple(run.get("asset_events") or ()),
        ),
    )


def _moment(run: Json, name: str) -> datetime | None:
    text = run.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))  # Python 3.9 does not know the Z
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Failure("protocol", f"The request's run.{name} is {text!r:.80}, not an ISO date-time with an offset")
    return moment
