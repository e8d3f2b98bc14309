"""What the patched parts of Airflow 2 know of the one run in progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from airlock_runtime.runner.answers import Answers, XcomKey
from airlock_runtime.runner.channel import Refused
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.request import Run


@dataclass
class World:
    """
    :param answers: set from the moment that the request is there
    :param run: set, as `events` and `instance` are, while a task executes; not while a DAG file loads
    """

    answers: Answers | None = None
    events: Events | None = None
    run: Run | None = None
    instance: Any = None
    refusal: Refused | None = None
    reschedule_date: Any = None

    @property
    def pickle(self) -> bool:
        """Whether a value that has no other form may travel as a pickle."""
        return self.answers is not None and self.answers.pickle

    def refuse(self, what: str) -> NoReturn:
        """Refuses, and remembers: whoever asked may swallow it, and the outcome must still say so."""
        refusal = Refused(f"{what} needs Airflow's metadata database, which is not there while a task runs isolated")
        self.refusal = self.refusal or refusal
        raise refusal

    def here(self, dag_id: str | None, run_id: str | None) -> bool:
        """Whether that names the run in progress; what is None does."""
        if self.run is None:
            return False
        return dag_id in (None, self.run.dag_id) and run_id in (None, self.run.run_id)

    def key(
        self, task_id: str | None, key: str, dag_id: str | None, run_id: str | None, prior: bool = False
    ) -> XcomKey:
        here = self.run
        dag_id, run_id = dag_id or (here.dag_id if here else ""), run_id or (here.run_id if here else "")
        return XcomKey(dag_id, run_id, task_id, key, prior)
