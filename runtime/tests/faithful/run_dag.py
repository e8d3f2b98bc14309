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

from arrange import arrange
from left import left_by
from stock_run import dag_test, load

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


def main() -> None:
    file, given, result = sys.argv[1:]
    found = json.loads(given)
    said = _Said()
    dag = load(file)
    logging.getLogger().addHandler(said)
    logging.getLogger("airflow.task").addHandler(said)
    arrange(dag, found)
    run = dag_test(dag, LOGICAL_DATE, found.get("conf") or {})
    called = Path(os.environ["FAITHFUL_HOME"], "called")
    left = left_by(dag, run)
    left["said"] = Counter(said.lines)
    left["called"] = Counter(called.read_text().splitlines() if called.exists() else ())
    Path(result).write_text(json.dumps(left))


if __name__ == "__main__":
    main()
