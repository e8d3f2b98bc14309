"""Runs one DAG by Airflow's own `dag.test()`, and writes what is left of it: `run_dag.py <file> <found> <result>`.

`found` is JSON: `conf`, and what `arrange.py` takes.

Contract: a process of its own, `AIRFLOW_HOME` a migrated home of its own. What is written is the same for equal runs:
no addresses, no times of day.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from arrange import arrange
from left import left_by
from stock import GENERATION, first

LOGICAL_DATE = datetime(2024, 3, 10, 12, 30, tzinfo=timezone.utc)


class _Said(logging.Handler):
    """The log lines that a task says on purpose, whichever logger they go through."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message.startswith("said "):
            self.lines.append(f"{record.levelname} {message}")


def load(file: str) -> Any:
    """The one DAG of a file, loaded as a worker loads it."""
    bag = first("DagBag", "airflow.dag_processing.dagbag", "airflow.models.dagbag")(file)
    assert not bag.import_errors, bag.import_errors
    (dag,) = bag.dags.values()
    if hasattr(dag, "test"):
        return dag
    from airflow.models.dag import DAG  # 3.0, as its `airflow dags test` does

    return DAG.from_sdk_dag(dag)


def test(dag: Any, conf: dict[str, Any]) -> Any:
    """The DAG run."""
    if GENERATION == 2:
        _survive_tasks()
        return dag.test(execution_date=LOGICAL_DATE, run_conf=conf)
    return dag.test(logical_date=LOGICAL_DATE, run_after=LOGICAL_DATE, run_conf=conf)


def _survive_tasks() -> None:
    """A task that exits, or runs out of time, ends its own process, which `dag.test()` of Airflow 2 is itself."""
    from airflow.models import dag as module

    run_task = module._run_task

    def run(**kwargs: Any) -> None:
        try:
            run_task(**kwargs)
        except (KeyboardInterrupt, Exception):
            raise
        except BaseException as error:
            raise RuntimeError("The task's process ended") from error

    module._run_task = run


def main() -> None:
    file, given, result = sys.argv[1:]
    found = json.loads(given)
    said = _Said()
    dag = load(file)
    logging.getLogger().addHandler(said)
    logging.getLogger("airflow.task").addHandler(said)
    arrange(dag, found)
    run = test(dag, found.get("conf") or {})
    called = Path(os.environ["FAITHFUL_HOME"], "called")
    left = left_by(dag, run)
    left["said"] = Counter(said.lines)
    left["called"] = Counter(called.read_text().splitlines() if called.exists() else ())
    Path(result).write_text(json.dumps(left))


if __name__ == "__main__":
    main()
