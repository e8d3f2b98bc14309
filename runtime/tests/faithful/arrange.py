"""What a DAG finds in Airflow's metadata database: variables, connections, earlier runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Mapping

from airflow.models import Connection, Variable
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from stock import GENERATION


def arrange(dag: Any, found: Mapping[str, Any]) -> None:
    """
    :param found: `variables` and `connections` by name, `previous`: the logical dates of runs and their states
    """
    with create_session() as session:
        session.add_all(Variable(key=key, val=value) for key, value in found.get("variables", {}).items())
        for conn_id, parts in found.get("connections", {}).items():
            session.add(Connection(conn_id=conn_id, **parts))
        for date, state in found.get("previous", {}).items():
            run = _run(dag.dag_id, datetime.fromisoformat(date), state)
            session.add(run)
            if GENERATION == 2:  # looks for the task's own instance in the run
                session.add_all(TaskInstance(task, run_id=run.run_id, state=state) for task in dag.tasks)


def _run(dag_id: str, date: datetime, state: str) -> DagRun:
    dates: dict[str, Any] = {"logical_date": date, "run_after": date} if GENERATION >= 3 else {"execution_date": date}
    run = DagRun(
        dag_id=dag_id,
        run_id=f"manual__{date.isoformat()}",
        run_type="manual",
        state=state,
        start_date=date + timedelta(minutes=1),
        data_interval=(date - timedelta(days=1), date),
        **dates,
    )
    run.end_date = date + timedelta(minutes=2)
    return run
