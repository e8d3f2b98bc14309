"""What came of a call in another Python: a value, or the exception that this is here."""

from __future__ import annotations

import inspect
from typing import Any, Mapping, NoReturn

from airlock_runtime.runner.other_python.signature import parameter
from airlock_runtime.wire.outcome import Failure
from airlock_runtime.wire.values import decode


class RemoteTraceback(Exception):
    """The cause of an exception that was raised there, so that Airflow's log shows where."""


class RaisedThere(Failure):
    """:param raised: its `type`, `message` and `traceback`, and the user's `file` and `line` where there is one"""

    def __init__(self, raised: Mapping[str, Any], python: str) -> None:
        message = raised["message"]
        if raised["type"] in ("SyntaxError", "IndentationError", "TabError"):
            message += f". {python} does not read this source: write it so that both Pythons do"
        super().__init__("task", message, (raised["file"], raised["line"]) if "file" in raised else None)
        self.type = raised["type"]
        self.traceback = raised["traceback"]


def value_of(answer: Mapping[str, Any], python: str) -> Any:
    """What the function returned.

    :raises Failure: what it raised (`task`), or that its result cannot leave (`xcom_not_serializable`)
    :raises SystemExit: where it called `sys.exit`
    """
    return decode(answer["value"]) if "value" in answer else _raise(answer, python)


def parameters_of(answer: Mapping[str, Any], python: str) -> inspect.Signature:
    """The signature that the function has there."""
    if "parameters" not in answer:
        _raise(answer, python)
    return inspect.Signature([parameter(*each) for each in answer["parameters"]])


def _raise(answer: Mapping[str, Any], python: str) -> NoReturn:
    if "exit" in answer:
        raise SystemExit(answer["exit"])
    if "unencodable" in answer:
        told = answer["unencodable"]
        message = f"What the function returned cannot leave {python}: {told['path'] or 'the value'} is {told['reason']}"
        raise Failure("xcom_not_serializable", message)
    try:
        raise RemoteTraceback("\n" + answer["raised"]["traceback"])
    except RemoteTraceback as cause:  # Airflow 3 logs only causes that were raised
        raise RaisedThere(answer["raised"], python) from cause
