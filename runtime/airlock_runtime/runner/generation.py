"""What the runner needs of Airflow, in words that both generations can answer.

Contract: `airflow2` and `airflow3` implement it; nothing else in the runner imports Airflow.
"""

from __future__ import annotations

import sys
from typing import Any, Mapping, Protocol

from airlock_runtime.airflow.versions import airflow_generation
from airlock_runtime.runner.answers import Answers
from airlock_runtime.runner.environ import PrivateFolder
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.request import Execution
from airlock_runtime.wire.outcome import Failure, Outcome


class Generation(Protocol):
    def boot(self, events: Events, folder: PrivateFolder) -> None:
        """Imports Airflow without a metadata database, and sends its log to the events. Once per process."""

    def answer(self, answers: Answers) -> None:
        """From now on `Variable.get`, `BaseHook.get_connection` and their kin are answered from there."""

    def mask(self, connection: Mapping[str, Any]) -> None:
        """Never show this connection's password and the secret parts of its extra."""

    def mask_variable(self, key: str, value: str) -> None:
        """Never show this value, where its key is one of those that Airflow takes for a secret's."""

    def rehearse(self, execution: Execution, task: Any) -> Any:
        """Loads what executing needs, and returns what templates of this task see; nothing runs."""

    def execute(self, execution: Execution, task: Any, answers: Answers, events: Events) -> Outcome:
        """Runs a task as a worker of this generation would."""


_loaded: list[Generation] = []


def generation() -> Generation:
    """The image's Airflow; one per process, as Airflow itself is.

    :raises Failure: where the image has none
    """
    if not _loaded:
        _loaded.append(_load())
    return _loaded[0]


def _load() -> Generation:
    number = airflow_generation()
    if number == 2:
        from airlock_runtime.runner.airflow2 import Airflow2

        return Airflow2()
    if number >= 3:
        from airlock_runtime.runner.airflow3 import Airflow3

        return Airflow3()
    message = f"There is no Airflow that {sys.executable} can import: the task cannot run here"
    raise Failure("no_airflow", message)
