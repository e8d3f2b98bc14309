"""Sensors in reschedule mode ask the database for their first start: here the request says it."""

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
        sensors._orig_start_date = lambda **kwargs: _first_start(world)
        return

    @contextmanager
    def create_session(*args: Any, **kwargs: Any) -> Iterator[_FirstStart]:
        yield _FirstStart(world)

    sensors.create_session = create_session  # 2.9: session.scalar(...) in execute()


def _first_start(world: World) -> Any:
    return world.run.first_start_date if world.run else None


class _FirstStart(RefusingSession):
    def scalar(self, *args: Any, **kwargs: Any) -> Any:
        return _first_start(self._world)

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
