"""A task whose inner sensor asks to be called again: the scheduler waits until then, as it does with sensors alone.

Contract: Airflow 2 looks at the task's `deps`, Airflow 3 at its `_is_sensor`, from which its scheduler makes them
(`serialization/serialized_objects.py`); both at its `reschedule`.
"""

from __future__ import annotations

from typing import Any

from airlock_runtime.airflow.versions import airflow_generation

SERIALIZED = frozenset({"reschedule"} if airflow_generation() == 2 else {"reschedule", "_is_sensor"})
"""Attributes that the scheduler must know."""


def wait_for_reschedule(task: Any) -> None:
    """Has the scheduler wait, of a task with `mode="reschedule"`."""
    if airflow_generation() == 2:
        from airflow.ti_deps.deps.ready_to_reschedule import ReadyToRescheduleDep

        task.deps = task.deps | {ReadyToRescheduleDep()}
    else:
        task._is_sensor = True
