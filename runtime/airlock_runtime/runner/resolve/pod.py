"""The pod that would carry a task in production, as a local run in a cluster makes one like it."""

from __future__ import annotations

from typing import Any

from airlock_runtime.describe.describe import Warn
from airlock_runtime.describe.record import call_of
from airlock_runtime.wire.outcome import Failure


def pod_of(task: Any, warn: Warn) -> dict[str, Any] | None:
    """
    :param warn: told what of it cannot be known before the task runs
    :returns: None for a task that is not isolated, that no pod carries, or of whose pod nobody says anything
    :raises Failure: `bad_pod` where what is said of it makes none
    """
    described = getattr(task, "unstarted_pod", None)  # of IsolatedOperator, which imports this room
    try:
        return described(warn) if described else None
    except Exception as error:
        call = call_of(task)
        raise Failure("bad_pod", str(error), (call.file, call.line) if call.file else None) from error
