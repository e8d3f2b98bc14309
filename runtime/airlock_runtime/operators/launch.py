"""One isolated task, from the outer task's `execute` to its result."""

from __future__ import annotations

import logging
from typing import Any

from airlock_runtime.airflow.classes import airflow_classes
from airlock_runtime.carriers.carrier import Carrier, carrier_of
from airlock_runtime.launch.conversation import Conversation
from airlock_runtime.launch.image import image_of
from airlock_runtime.launch.outer import outer_of
from airlock_runtime.launch.request import execute_request
from airlock_runtime.launch.results import Results
from airlock_runtime.launch.settings import settings_of
from airlock_runtime.operators.arguments import check_carrier_arguments

log = logging.getLogger("airflow.task.isolated")


class Launch:
    def __init__(self, task: Any, context: Any) -> None:
        self._task, self._context = task, context
        self._settings = settings_of(task.environment, task.isolation_type)
        self._outer = outer_of(context, self._settings.pickle)
        self._results = Results(task, self._outer, self._settings.pickle)
        self._carrier = self._make_carrier()

    def run(self) -> Any:
        """What the inner operator returned.

        :raises IsolationError, IsolatedTaskLost: where it did not come to an outcome
        :raises AirflowException: as the inner task ended
        :raises TaskDeferred: where the carrier gives its slot back meanwhile
        """
        classes = airflow_classes()
        request = execute_request(
            self._task, self._context, classes, self._settings, self._carrier.detaches, log.warning
        )
        limit, answer, where = self._settings.message_limit, self._outer.answer, self._carrier.where
        outcome = self._carrier.carry(Conversation(request, limit, answer, self._results, where))
        return self._results.deliver(outcome)

    def resume(self, event: Any) -> Any:
        """The same, where a carrier that deferred comes back."""
        outcome = self._carrier.resume(event, self._results.hear)
        return self._results.deliver(outcome)

    def kill(self) -> None:
        """Ends the inner task and what carries it."""
        self._carrier.kill()

    def _make_carrier(self) -> Carrier:
        task, settings = self._task, self._settings
        check_carrier_arguments(task.task_id, settings.isolation_type, task.isolated_operator_kwargs)
        image = None
        if settings.isolation_type != "external_python":
            image = image_of(task.task_id, task.image, task.environment, settings.image)
        return carrier_of(task, self._context, settings, image)
