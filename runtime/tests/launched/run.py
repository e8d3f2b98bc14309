"""Runs the DAG of a file by Airflow's own `dag.test()`, and writes what became of it: `run.py <file> <result>`.

The file may have `CONNECTIONS` and `VARIABLES`, for the metadata database, and `WHEN_HANGING`: by task id what is done
when the task says a line that begins with `hanging`; it gets the operator.

Contract: a process of its own, `AIRFLOW_HOME` a migrated home of its own.
"""

from __future__ import annotations

import inspect
import json
import logging
import os
import sys
import tempfile
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from airflow.models import Connection, Variable
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from conversation import is_there
from sqlalchemy import select
from stock_run import dag_test, load

from airlock_runtime import IsolatedOperator
from airlock_runtime.airflow.versions import airflow_generation
from airlock_runtime.wire.processes import descendants

GENERATION = airflow_generation()
DATE = datetime(2024, 3, 10, tzinfo=timezone.utc)


class Task(dict):  # type: ignore[type-arg]
    """What became of one: `log` (levels and lines), `raised` (class and message), `left` (what is there after it)."""

    def __init__(self, operator: Any) -> None:
        super().__init__(log=[], raised=["", ""], left=[])
        self.operator = operator
        self.processes: list[int] = []


class Watch(logging.Handler):
    """Hears the log, and knows whose it is."""

    def __init__(self, when_hanging: dict[str, Any]) -> None:
        super().__init__()
        self.tasks: dict[str, Task] = {}
        self._current: Task | None = None
        self._when_hanging = when_hanging

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if self._current is None or vars(record).get("heard"):  # it hangs at two loggers
            return
        record.heard = True
        self._current["log"].append([record.levelname, message])
        if message.startswith("hanging"):
            operator = self._current.operator
            self._current.processes += map(int, message.split()[1:])
            threading.Thread(target=self._when_hanging[operator.task_id], args=(operator,)).start()

    def watch(self, execute: Any) -> Any:
        def watched(operator: Any, context: Any) -> Any:
            index = context["ti"].map_index
            name = operator.task_id if index < 0 else f"{operator.task_id}[{index}]"
            self._current = self.tasks.setdefault(name, Task(operator))
            self._current.operator = operator
            try:
                return execute(operator, context)
            except BaseException as error:
                self._current["raised"] = [type(error).__name__, str(error)]
                raise
            finally:
                self._current["left"] = left(self._current)

        return watched


def left(task: Task) -> list[str]:
    """Files, processes and containers that must not be there any more when a task is over."""
    files = [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("airlock")]
    carried_by = getattr(getattr(task.operator._launch, "_carrier", None), "_operator", None)
    container = getattr(carried_by, "container", None)
    if container is not None:  # the process ids that a task tells of there are the container's own
        client = carried_by.hook.api_client
        found = client.containers(all=True, filters={"id": container["Id"]})
        there = [each["Id"] for each in found if each["State"] != "removing"]
    else:
        there = [f"process {pid}" for pid in filter(is_there, task.processes)]
    return files + [f"process {pid}" for pid in descendants(os.getpid())] + there


def names_of(file: str) -> dict[str, Any]:
    """Of a DAG file that has been loaded."""
    (module,) = [each for each in list(sys.modules.values()) if getattr(each, "__file__", None) == file]
    return vars(module)


def arrange(names: dict[str, Any]) -> None:
    with create_session() as session:
        session.add_all(Variable(key=key, val=value) for key, value in names.get("VARIABLES", {}).items())
        for conn_id, parts in names.get("CONNECTIONS", {}).items():
            session.add(Connection(conn_id=conn_id, **parts))


def told(dag: Any, watch: Watch) -> dict[str, Any]:
    with create_session() as session:
        for instance in session.scalars(select(TaskInstance).filter_by(dag_id=dag.dag_id)):
            name = instance.task_id if instance.map_index < 0 else f"{instance.task_id}[{instance.map_index}]"
            task = watch.tasks.setdefault(name, Task(None))
            task.update(state=str(instance.state), tries=instance.try_number, xcoms={})
        xcom, columns = xcoms()
        for row in session.execute(select(*columns).filter_by(dag_id=dag.dag_id)):
            name = row.task_id if row.map_index < 0 else f"{row.task_id}[{row.map_index}]"
            watch.tasks[name]["xcoms"][row.key] = xcom.deserialize_value(row)
        variables = {variable.key: variable.get_val() for variable in session.scalars(select(Variable))}
    return {"tasks": watch.tasks, "variables": variables}


def xcoms() -> tuple[Any, list[Any]]:
    """The backend, and the columns that it reads: whole rows come with their value parsed on 2."""
    if GENERATION >= 3:
        from airflow.models.xcom import XComModel as Model
        from airflow.sdk.execution_time.xcom import XCom
    else:
        from airflow.models.xcom import BaseXCom as Model
        from airflow.models.xcom import XCom
    return XCom, [Model.task_id, Model.map_index, Model.key, Model.value]


def main() -> None:
    file, result = sys.argv[1:]
    dag = load(file)
    names = names_of(file)
    watch = Watch(names.get("WHEN_HANGING", {}))
    for logger in (None, "airflow.task"):
        logging.getLogger(logger).addHandler(watch)
    IsolatedOperator.execute = watch.watch(inspect.unwrap(IsolatedOperator.execute))
    arrange(names)
    dag_test(dag, DATE)
    Path(result).write_text(json.dumps(told(dag, watch), default=str))


if __name__ == "__main__":
    main()
