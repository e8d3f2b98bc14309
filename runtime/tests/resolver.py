"""A process that has Airflow imported and resolves one DAG file after another, for tests of many small files.

Reads paths, a line each; answers each with a line of JSON: the tasks, or the error.
"""

from __future__ import annotations

import json
import os
import sys

from airlock_runtime.airflow.classes import airflow_classes
from airlock_runtime.runner.answers import Answers
from airlock_runtime.runner.channel import Channel
from airlock_runtime.runner.environ import PrivateFolder
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.generation import generation
from airlock_runtime.runner.resolve.resolve import resolve
from airlock_runtime.wire.outcome import Failure


def main() -> None:
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    channel = Channel(0, os.open(os.devnull, os.O_WRONLY))
    events, folder, airflow = Events(channel), PrivateFolder(), generation()
    airflow.boot(events, folder)
    answers = Answers(channel)
    airflow.answer(answers)
    try:
        for line in sys.stdin:
            request = {"dag_file": line.strip(), "task_id": "a", "dag_id": None}
            try:
                parts = resolve(request, answers, airflow_classes(), events)
                told: object = [task for tasks in parts for task in tasks]
            except Failure as failure:
                told = {"code": failure.code, "message": str(failure)}
            out.write(json.dumps(told) + "\n")
    finally:
        folder.remove()


main()
