"""Runs one task as Airflow 2's `LocalTaskJob` does in its process, deferrals included.

Contract: `_run_raw_task` is Airflow's own; it sets the instance's state and raises what the task raised.
"""

from __future__ import annotations

import signal
from typing import Any

from airlock_runtime.runner.airflow2.instance import task_instance
from airlock_runtime.runner.airflow2.session import BookkeepingSession
from airlock_runtime.runner.airflow2.supervised import supervised
from airlock_runtime.runner.airflow2.world import World
from airlock_runtime.runner.channel import Refused
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.request import Execution
from airlock_runtime.runner.task_errors import task_failed
from airlock_runtime.runner.triggers import FAILED, run_trigger
from airlock_runtime.wire.outcome import Outcome, failed

_TIMED_OUT = "Trigger/execution timeout"
"""`airflow/jobs/scheduler_job_runner.py: check_trigger_timeouts`"""


def execute(world: World, execution: Execution, task: Any, events: Events) -> Outcome:
    assert world.answers is not None
    world.events, world.run = events, execution.run
    world.instance = instance = task_instance(execution, task)
    handler = signal.getsignal(signal.SIGTERM)
    error: BaseException | None = None
    try:
        with supervised(task):
            _run_through_deferrals(world, instance, task)
    except Refused as refusal:
        return failed(world.refusal or refusal, "needs_database", world.answers.missing)
    except BaseException as raised:
        error = raised
    finally:
        signal.signal(signal.SIGTERM, handler)
    if world.refusal is not None:
        return failed(world.refusal, "needs_database", world.answers.missing)
    if instance.rendered_map_index:
        events.map_index(instance.rendered_map_index)
    state = _state(instance)
    if error is not None:
        ended = state if state != "running" else "failed"
        return task_failed(ended, error, world.answers, execution.task.get("source"))
    return Outcome(state, missing=world.answers.missing, reschedule_date=world.reschedule_date)


def _run_through_deferrals(world: World, instance: Any, task: Any) -> None:
    from airflow.exceptions import TaskDeferred
    from airflow.models.taskinstance import TaskInstance

    while True:
        try:
            TaskInstance._run_raw_task(instance, raise_on_defer=True, session=BookkeepingSession(world))
            return
        except TaskDeferred as deferral:
            instance.next_method, instance.next_kwargs = _resume(deferral)
            instance.task, instance.state = task, "running"


def _resume(deferral: Any) -> tuple[str, dict[str, Any]]:
    classpath, kwargs = deferral.trigger.serialize()
    came, arguments = run_trigger(classpath, _as_stored(kwargs), deferral.timeout, _TIMED_OUT)
    if came:
        return deferral.method_name, {**_as_stored(deferral.kwargs or {}), **arguments}
    return FAILED, arguments


def _as_stored(value: Any) -> Any:
    """As it comes back from the database between the worker and the triggerer."""
    from airflow.serialization.serialized_objects import BaseSerialization

    return BaseSerialization.deserialize(BaseSerialization.serialize(value))


def _state(instance: Any) -> str:
    return str(getattr(instance.state, "value", instance.state))
