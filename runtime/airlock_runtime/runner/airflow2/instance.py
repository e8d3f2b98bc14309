"""The task instance and its DAG run as rows that were never in a database."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Mapping

from airlock_runtime.runner.airflow2.assets import set_consumed
from airlock_runtime.runner.request import Execution, Run
from airlock_runtime.wire.values import decode


def task_instance(execution: Execution, task: Any) -> Any:
    """Airflow's `TaskInstance`, its DAG run set."""
    from airflow.models.taskinstance import TaskInstance

    run = execution.run
    instance = TaskInstance(task, run_id=run.run_id, state="running", map_index=run.map_index)
    instance.dag_run = _dag_run(run)
    instance.dag_run.dag = task.dag
    # 2.9's `try_number` is a property that adds one
    old = "_try_number" in type(instance).__mapper__.column_attrs
    setattr(instance, "_try_number" if old else "try_number", run.try_number)
    instance.max_tries = run.max_tries
    instance.start_date = _moment(run.instance.get("start_date")) or _now()
    return instance


def _dag_run(run: Run) -> Any:
    from airflow.models.dagrun import DagRun

    logical = run.logical_date or run.run_after  # Airflow 2 has no run without one
    dag_run = DagRun(
        dag_id=run.dag_id,
        run_id=run.run_id,
        execution_date=_pendulum(logical),
        start_date=_pendulum(run.start_date),
        external_trigger=run.run_type == "manual",
        conf=decode(dict(run.conf)),
        state="running",
        run_type=run.run_type,
        data_interval=(_pendulum(run.data_interval_start or logical), _pendulum(run.data_interval_end or logical)),
    )
    dag_run.clear_number = 0
    set_consumed(dag_run, run.asset_events)
    columns = type(dag_run).__mapper__.column_attrs
    for name, value in decode(dict(run.details)).items():
        if name in columns:
            setattr(dag_run, name, _pendulum(value) if isinstance(value, datetime) else value)
    return dag_run


def dag_run_of(dag_id: str, facts: Mapping[str, Any]) -> Any:
    """An earlier DAG run, of its dates as ISO texts."""
    from airflow.models.dagrun import DagRun

    def moment(name: str) -> Any:
        return _moment(facts.get(name))

    interval = moment("data_interval_start"), moment("data_interval_end")
    dag_run = DagRun(
        dag_id=dag_id,
        run_id=facts.get("run_id"),
        execution_date=moment("logical_date") or moment("run_after"),
        start_date=moment("start_date"),
        state=facts.get("state"),
        run_type=facts.get("run_type"),
        data_interval=interval if all(interval) else None,
    )
    dag_run.end_date = moment("end_date")
    return dag_run


def _moment(text: str | None) -> Any:
    return _pendulum(datetime.fromisoformat(text)) if text else None


def _now() -> Any:
    return _pendulum(datetime.now(timezone.utc))


def _pendulum(moment: datetime) -> Any:
    import pendulum

    return pendulum.instance(moment)
