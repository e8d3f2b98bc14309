"""What an inner task tells, handed on to Airflow: log lines as they come, XComs, and in the end how it ended."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, Mapping

try:
    from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException, AirflowSkipException
except ImportError:  # Airflow 2 and 3.0
    from airflow.exceptions import AirflowFailException, AirflowRescheduleException, AirflowSkipException

from airlock_runtime.airflow.objects import alive, holds_objects
from airlock_runtime.launch.errors import IsolatedTaskFailed
from airlock_runtime.launch.outer import Outer
from airlock_runtime.wire.values import decode

Event = Mapping[str, Any]
RETURNED = "return_value"


class Results:
    """Hears the events of one inner task."""

    def __init__(self, task: Any, outer: Outer, allow_pickle: bool) -> None:
        self._task = task
        self._outer = outer
        self._pickle = allow_pickle
        self._returned: Any = None
        self._skipped: list[tuple[str, int]] = []

    def hear(self, event: Event) -> None:
        kind = event.get("event")
        if kind == "log":
            _log(event)
        elif kind == "rendered":
            self._outer.keep_rendered(decode(event["fields"]))
        elif kind == "xcom":
            self._xcom(event["key"], event["value"])
        elif kind == "map_index":
            self._outer.name_map_index(event["rendered"])
        elif kind == "outlet_event":
            self._outer.add_outlet_event(event)
        elif kind == "skip":
            self._skipped += [(task["task_id"], task["map_index"]) for task in event["tasks"]]

    def _xcom(self, key: str, neutral: Any) -> None:
        try:
            value = alive(neutral, allow_pickle=self._pickle)
        except Exception as error:
            if not holds_objects(neutral):
                raise
            # Of a class that is not there, or not allowed, out here, or that Airflow cannot read back what it has
            # stored of: it is stored as the inner Airflow made it.
            logging.getLogger("airflow.task").info("The XCom %s is handed on as it is stored: %s", key, error)
            self._outer.push_stored(key, decode(neutral))
            return
        if key == RETURNED:
            self._returned = value
        else:
            self._outer.push(key, value)

    def deliver(self, outcome: Event) -> Any:
        """What the outer task returns, or raises.

        :raises AirflowSkipException, AirflowRescheduleException: as the inner task did
        :raises AirflowFailException: for a failure that is not to be tried again
        :raises IsolatedTaskFailed: for any other
        """
        state, error = outcome["state"], outcome.get("error") or {}
        if state == "success":
            if self._skipped:
                self._outer.skip(self._skipped)
            return self._returned
        if state == "skipped":
            raise AirflowSkipException(error.get("message") or "The isolated task skipped itself")
        if state == "up_for_reschedule":
            raise AirflowRescheduleException(datetime.fromisoformat(outcome["reschedule_date"]))
        message = _message(error, state)
        if error.get("traceback"):
            logging.getLogger("airflow.task").error("%s", error["traceback"].rstrip())
        if _is_final(error, state, self._outer_tries()):
            raise AirflowFailException(message)
        raise IsolatedTaskFailed(message)

    def _outer_tries(self) -> tuple[int, int]:
        instance = self._outer._instance
        return instance.try_number, instance.max_tries or 0


def _is_final(error: Mapping[str, Any], state: str, tries: tuple[int, int]) -> bool:
    """Whether the inner task failed for good although it had tries left."""
    try_number, max_tries = tries
    return state == "failed" and error.get("code") == "task" and try_number <= max_tries


def _message(error: Mapping[str, Any], state: str) -> str:
    kind, message = error.get("type"), error.get("message") or f"The isolated task ended as {state}"
    place = f" ({error['file']}:{error['line']})" if error.get("file") else ""
    named = f"{kind}: {message}" if kind and error.get("code") == "task" else message
    if error.get("code") == "too_large":
        named += " ([airlock] message_limit)"
    return f"{named}{place}"


def _log(event: Event) -> None:
    """What the inner task logged or printed, at its own level, below the logger whose lines reach the task's log."""
    name = str(event["logger"])
    logger = logging.getLogger(name if name.startswith("airflow.task") else f"airflow.task.{name}")
    level = getattr(logging, event["level"].upper(), logging.INFO)
    if event.get("stream") in ("stdout", "stderr"):
        for line in event["message"].split("\n"):
            logger.log(level, "%s", line)
    else:
        text = f"{event['message']}\n{event['exception']}" if event.get("exception") else event["message"]
        logger.log(level, "%s", text)
