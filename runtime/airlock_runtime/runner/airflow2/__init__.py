"""Airflow 2.9 to 2.11: `TaskInstance._run_raw_task` itself runs, over a session that keeps no book.

Contract: the reads that it makes are answered from memory, its bookkeeping goes nowhere, whatever else would reach for
the metadata database is refused. (An empty in-memory database would be as quick, but code that queries it would
silently see nothing.) Measured on 2.9.3, 2.10.5, 2.11.0 and 2.11.2. Airflow is imported by `boot`.
"""

from __future__ import annotations

from typing import Any, Mapping

from airlock_runtime.runner.airflow2.world import World
from airlock_runtime.runner.answers import Answers
from airlock_runtime.runner.environ import PrivateFolder
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.request import Execution
from airlock_runtime.wire.outcome import Outcome


class Airflow2:
    def __init__(self) -> None:
        self._world = World()
        self._booted = False

    def boot(self, events: Events, folder: PrivateFolder) -> None:
        if self._booted:
            return
        from airlock_runtime.runner.airflow2 import boot, logs

        boot.boot(self._world, folder)
        logs.send_logs(events)
        self._booted = True

    def answer(self, answers: Answers) -> None:
        self._world.answers = answers

    def mask(self, connection: Mapping[str, Any]) -> None:
        from airlock_runtime.runner.airflow2.secrets import airflow_connection

        # Its constructor masks the password, reading the extra masks the extra's secret parts.
        airflow_connection("", connection).extra_dejson  # noqa: B018

    def mask_variable(self, key: str, value: str) -> None:
        from airflow.utils.log.secrets_masker import mask_secret

        mask_secret(value, key)

    def rehearse(self, execution: Execution, task: Any) -> Any:
        import airflow.decorators  # noqa: F401 - as every operator's `execute` does

        from airlock_runtime.runner.airflow2 import execute  # noqa: F401
        from airlock_runtime.runner.airflow2.instance import task_instance
        from airlock_runtime.runner.airflow2.session import BookkeepingSession

        return task_instance(execution, task).get_template_context(session=BookkeepingSession(self._world))

    def execute(self, execution: Execution, task: Any, answers: Answers, events: Events) -> Outcome:
        from airlock_runtime.runner.airflow2.execute import execute

        return execute(self._world, execution, task, events)
