"""A deferred task's trigger, run in the task's own process: nobody else is there to run it.

Contract: what the task is resumed with is what a triggerer would send, failures and time-outs included
(`airflow/jobs/triggerer_job_runner.py`, `TaskInstance.resume_execution`).
"""

from __future__ import annotations

import asyncio
import traceback
from datetime import timedelta
from typing import Any

from airlock_runtime.wire.callables import import_qualified

FAILED = "__fail__"
"""The method that Airflow resumes with when the trigger failed (`TRIGGER_FAIL_REPR`, all versions)."""


def run_trigger(
    classpath: str, kwargs: dict[str, Any], timeout: timedelta | None, timed_out: str
) -> tuple[bool, dict[str, Any]]:
    """Waits for a trigger's first event.

    :param kwargs: as they come back from Airflow's serialization, as a triggerer would see them
    :param timed_out: this generation's word for a time-out
    :returns: whether it came, and the keyword arguments to resume with
    """
    seconds = None if timeout is None else timeout.total_seconds()
    try:
        trigger = import_qualified(classpath)(**kwargs)
        event = asyncio.run(asyncio.wait_for(_first_event(trigger), seconds))
    except (asyncio.TimeoutError, TimeoutError):
        return False, {"error": timed_out}
    except Exception as error:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        return False, {"error": "Trigger failure", "traceback": lines}
    if event is None:
        return False, {"error": "Trigger failure", "traceback": [f"{classpath} ended without an event"]}
    return True, {"event": event.payload}


async def _first_event(trigger: Any) -> Any:
    try:
        async for event in trigger.run():
            return event
    finally:
        cleanup = getattr(trigger, "cleanup", None)
        if cleanup is not None:
            await cleanup()
    return None
