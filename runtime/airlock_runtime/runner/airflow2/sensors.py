"""Sensors in reschedule mode ask the database for their first start: here every start is the first."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator

from airlock_runtime.runner.airflow2.session import RefusingSession
from airlock_runtime.runner.airflow2.world import World


def patch(world: World) -> None:
    import airflow.sensors.base as sensors
    from airflow.models.taskreschedule import TaskReschedule

    if hasattr(TaskReschedule, "query_for_task_instance"):
        TaskReschedule.query_for_task_instance = staticmethod(lambda *args, **kwargs: _NoRows())
    if hasattr(sensors, "_orig_start_date"):  # 2.10 and later
        sensors._orig_start_date = lambda **kwargs: None
        return

    @contextmanager
    def create_session(*args: Any, **kwargs: Any) -> Iterator[_NoStart]:
        yield _NoStart(world)

    sensors.create_session = create_session  # 2.9: session.scalar(...) in execute()


class _NoStart(RefusingSession):
    def scalar(self, *args: Any, **kwargs: Any) -> None:
        return None

    def scalars(self, *args: Any, **kwargs: Any) -> _NoRows:
        return _NoRows()


class _NoRows:
    def order_by(self, *args: Any) -> _NoRows:
        return self

    with_entities = order_by

    def first(self) -> None:
        return None

    def __iter__(self) -> Iterator[Any]:
        return iter(())
