"""Airflow 3.0 to 3.3, as its task runner sees it: this package stands where its supervisor would.

Contract: what is used of Airflow is in every minor from 3.0, or looked for where it may be; measured on 3.0.0, 3.0.2,
3.0.6, 3.1.0, 3.1.8, 3.2.0, 3.2.2 and 3.3.2. Airflow is imported by `boot`, not by importing this package.
"""

from __future__ import annotations

from typing import Any, Mapping

from airlock_runtime.runner.answers import Answers
from airlock_runtime.runner.environ import PrivateFolder
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.request import Execution
from airlock_runtime.wire.outcome import Outcome


class Airflow3:
    def __init__(self) -> None:
        self._booted = False

    def boot(self, events: Events, folder: PrivateFolder) -> None:
        if self._booted:
            return
        from airlock_runtime.runner.airflow3 import boot, logs

        boot.boot(folder)
        logs.send_logs(events)
        self._booted = True

    def answer(self, answers: Answers) -> None:
        from airflow.sdk.execution_time import task_runner

        from airlock_runtime.runner.airflow3.comms import Comms

        task_runner.SUPERVISOR_COMMS = Comms(answers)

    def mask(self, connection: Mapping[str, Any]) -> None:
        from airlock_runtime.runner.airflow3.connections import mask

        mask(connection)

    def mask_variable(self, key: str, value: str) -> None:
        from airlock_runtime.runner.airflow3.connections import mask_variable

        mask_variable(key, value)

    def rehearse(self, execution: Execution, task: Any) -> Any:
        from airflow.utils.net import get_hostname

        from airlock_runtime.runner.airflow3 import comms, execute  # noqa: F401
        from airlock_runtime.runner.airflow3.instance import runtime_instance

        get_hostname()  # which it keeps
        return runtime_instance(execution, task, None).get_template_context()

    def execute(self, execution: Execution, task: Any, answers: Answers, events: Events) -> Outcome:
        from airlock_runtime.runner.airflow3.execute import execute

        return execute(execution, task, answers, events)
