"""What a DAG finds in Airflow's metadata database: variables, connections, earlier runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from inspect import signature
from typing import Any, Mapping

from airflow.models import Connection, Variable
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from stock import GENERATION, first

XCom = first("XComModel" if GENERATION >= 3 else "XCom", "airflow.models.xcom")


def arrange(dag: Any, found: Mapping[str, Any]) -> None:
    """
    :param found: `variables` and `connections` by name; `previous`: the logical dates of runs, and their states; `xcoms`:
        what tasks returned in each of these runs
    """
    if GENERATION == 2:  # whose `dag.test()` needs none of it, but for datasets
        dag.sync_to_db()
    with create_session() as session:
        session.add_all(Variable(key=key, val=value) for key, value in found.get("variables", {}).items())
        for conn_id, parts in found.get("connections", {}).items():
            session.add(Connection(conn_id=conn_id, **parts))
        for date, state in found.get("previous", {}).items():
            run = _run(dag.dag_id, datetime.fromisoformat(date), state)
            version = {"dag_version_id": None} if GENERATION >= 3 else {}
            session.add_all(
                [run, *(TaskInstance(task, run_id=run.run_id, state=state, **version) for task in dag.tasks)]
            )
            session.flush()
            for task_id, value in found.get("xcoms", {}).items():
                names = {"dag_id": dag.dag_id, "task_id": task_id, "run_id": run.run_id}
                # Where there is the choice, a worker makes the text that is stored.
                stored = {"serialize": False} if "serialize" in signature(XCom.set).parameters else {}
                XCom.set(key="return_value", value=value, session=session, **names, **stored)


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
