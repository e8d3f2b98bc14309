"""Runs one task as Airflow 3's `task_runner.main` does, deferrals included.

Contract: `run` and `finalize` are Airflow's own (signatures stable from 3.0.0 to 3.3.2); the main thread only, since
`run` sets a signal handler.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import Any, Iterator

from airlock_runtime.runner.airflow3.comms import Comms
from airlock_runtime.runner.airflow3.instance import runtime_instance
from airlock_runtime.runner.airflow3.supervised import supervised
from airlock_runtime.runner.answers import Answers
from airlock_runtime.runner.channel import Refused
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.request import Execution
from airlock_runtime.runner.task_errors import task_failed
from airlock_runtime.runner.triggers import FAILED, run_trigger
from airlock_runtime.wire.outcome import Outcome, failed

_TIMED_OUT = "Trigger timeout"
"""`airflow.sdk.bases.operator.TriggerFailureReason.TRIGGER_TIMEOUT`"""


def execute(execution: Execution, task: Any, answers: Answers, events: Events) -> Outcome:
    from airflow.sdk.execution_time import task_runner

    comms = Comms(answers, execution.run, events)
    task_runner.SUPERVISOR_COMMS = comms
    with _killed_by_term(task), supervised(task, comms, events), _deferrals(task_runner) as deferred:
        try:
            state, error = _run(task_runner, execution, task, None)
            while state == "deferred" and comms.refusal is None:
                state, error = _run(task_runner, execution, task, _resume(deferred.pop()))
        except Refused as refusal:
            return failed(comms.refusal or refusal, "needs_database", answers.missing)
    if comms.refusal is not None:
        return failed(comms.refusal, "needs_database", answers.missing)
    if comms.untold is not None:
        return task_failed("failed", comms.untold, answers, execution.task.get("source"))
    if state in ("failed", "up_for_retry"):
        return task_failed(state, error, answers, execution.task.get("source"))
    return Outcome(state, missing=answers.missing, reschedule_date=comms.reschedule_date)


def _run(
    task_runner: Any, execution: Execution, task: Any, resume: tuple[str, Any] | None
) -> tuple[str, BaseException | None]:
    import structlog

    instance = runtime_instance(execution, task, resume)
    log = structlog.get_logger(logger_name="task")
    context = instance.get_template_context()
    state, _, error = task_runner.run(instance, context, log)
    context["exception"] = error
    task_runner.finalize(instance, state, context, log, error)
    return str(state.value), error


def _resume(deferral: Any) -> tuple[str, Any]:
    classpath, kwargs = deferral.trigger.serialize()
    came, arguments = run_trigger(classpath, _deserialize(_serialize(kwargs)), deferral.timeout, _TIMED_OUT)
    if came:
        return deferral.method_name, _serialize({**(deferral.kwargs or {}), **arguments})
    return FAILED, _serialize(arguments)


def _serialize(value: Any) -> Any:
    """As `_execute_task` reads it back: `BaseSerialization` in 3.0 and 3.1, `sdk.serde` from 3.2."""
    try:
        from airflow.sdk.serde import serialize
    except ImportError:
        from airflow.serialization.serialized_objects import BaseSerialization

        return BaseSerialization.serialize(value)
    return serialize(value)


def _deserialize(value: Any) -> Any:
    try:
        from airflow.sdk.serde import deserialize
    except ImportError:
        from airflow.serialization.serialized_objects import BaseSerialization

        return BaseSerialization.deserialize(value)
    return deserialize(value)


@contextmanager
def _deferrals(task_runner: Any) -> Iterator[list[Any]]:
    """The `TaskDeferred` exceptions, which `run` turns into a message without the trigger itself."""
    original, kept = task_runner._defer_task, []

    def defer_task(defer: Any, ti: Any, log: Any) -> Any:
        kept.append(defer)
        return original(defer, ti, log)

    task_runner._defer_task = defer_task
    try:
        yield kept
    finally:
        task_runner._defer_task = original


@contextmanager
def _killed_by_term(task: Any) -> Iterator[None]:
    """`on_kill` on SIGTERM, as `run` itself does it from 3.0.4 on; the handler that was there comes back."""
    runner = os.getpid()

    def on_term(*_: Any) -> None:
        if os.getpid() == runner:  # what the task forks has it too
            task.on_kill()

    handler = signal.signal(signal.SIGTERM, on_term)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
