"""The task instance and its DAG run as rows that were never in a database."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

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
    instance.start_date = _now()
    return instance


def _dag_run(run: Run) -> Any:
    from airflow.models.dagrun import DagRun

    dag_run = DagRun(
        dag_id=run.dag_id,
        run_id=run.run_id,
        execution_date=_pendulum(run.logical_date),
        start_date=_now(),
        external_trigger=run.run_type == "manual",
        conf=decode(dict(run.conf)),
        state="running",
        run_type=run.run_type,
        data_interval=(_pendulum(run.data_interval_start), _pendulum(run.data_interval_end)),
    )
    dag_run.clear_number = 0
    return dag_run


def _now() -> Any:
    return _pendulum(datetime.now(timezone.utc))


def _pendulum(moment: datetime) -> Any:
    import pendulum

    return pendulum.instance(moment)
