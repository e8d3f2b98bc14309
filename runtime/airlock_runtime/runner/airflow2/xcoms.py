"""XComs held in memory: `BaseXCom` and `TaskInstance.xcom_pull` as the database would answer them.

Contract: the XCom backend's own (de)serialization still runs for what the task pushes; what it pulls has the types
and the order that `airflow/models/xcom.py` and `taskinstance.py` give.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Iterator

from airlock_runtime.airflow.objects import alive, neutral
from airlock_runtime.runner.airflow2.world import World
from airlock_runtime.wire.outcome import Failure
from airlock_runtime.wire.values import NotEncodable, encode


@dataclass(frozen=True)
class Cell:
    task_id: str | None
    map_index: int
    value: Any


def patch(world: World) -> None:
    from airflow.models import xcom as xcom_module
    from airflow.models.taskinstance import TaskInstance

    lazy = _lazy_sequence(xcom_module)
    _patch_writing(world, xcom_module, lazy)
    _patch_reading(world, xcom_module.BaseXCom)
    _patch_map_length(world)

    def xcom_pull(
        self: Any,
        task_ids: Any = None,
        dag_id: str | None = None,
        key: str = "return_value",
        include_prior_dates: bool = False,
        session: Any = None,
        *,
        map_indexes: Any = None,
        default: Any = None,
        run_id: str | None = None,
    ) -> Any:
        tasks = None if task_ids is None else [task_ids] if isinstance(task_ids, str) else list(task_ids)
        indexes = list(map_indexes) if hasattr(map_indexes, "__iter__") else None
        wanted = indexes if indexes is not None else map_indexes
        found = _cells(world, key, tasks, dag_id or self.dag_id, run_id or self.run_id, wanted, include_prior_dates)
        if (task_ids is None or isinstance(task_ids, str)) and indexes is None:
            if not found:
                return default
            first = found[0]
            if map_indexes is not None or first.map_index < 0:
                return first.value
            return lazy(cell.value for cell in sorted(found, key=lambda cell: cell.map_index))
        found.sort(
            key=lambda cell: (
                tasks.index(cell.task_id) if tasks else 0,
                indexes.index(cell.map_index) if indexes else cell.map_index,
            )
        )
        return lazy(cell.value for cell in found)

    TaskInstance.xcom_pull = xcom_pull


def _patch_writing(world: World, xcom_module: Any, lazy: Any) -> None:
    def set_xcom(
        cls: Any,
        key: str,
        value: Any,
        task_id: str,
        dag_id: str,
        execution_date: Any = None,
        session: Any = None,
        *,
        run_id: str | None = None,
        map_index: int = -1,
    ) -> None:
        if not world.here(dag_id, run_id) or world.answers is None:
            world.refuse("xcom_push to another run")
        if isinstance(value, lazy):
            value = list(value)
        stored = cls.serialize_value(
            value=value, key=key, task_id=task_id, dag_id=dag_id, run_id=run_id, map_index=map_index
        )
        told = _neutral(world, key, stored, xcom_module.XCom.deserialize_value)
        world.answers.keep_xcom(world.key(task_id, key, dag_id, run_id), map_index, told)
        if world.events:
            world.events.xcom(task_id=task_id, key=key, map_index=map_index, value=told)

    xcom_module.BaseXCom.set = classmethod(set_xcom)
    xcom_module.BaseXCom.clear = staticmethod(lambda *args, **kwargs: None)


def _patch_reading(world: World, base: Any) -> None:
    def get_one(
        execution_date: Any = None,
        key: str | None = None,
        task_id: str | None = None,
        dag_id: str | None = None,
        include_prior_dates: bool = False,
        session: Any = None,
        *,
        run_id: str | None = None,
        map_index: int | None = None,
    ) -> Any:
        tasks = task_id and [task_id]
        found = _cells(world, key or "return_value", tasks, dag_id, run_id, map_index, include_prior_dates)
        return found[-1].value if found else None

    def get_value(*, ti_key: Any, key: str | None = None, session: Any = None) -> Any:
        return get_one(
            key=key, task_id=ti_key.task_id, dag_id=ti_key.dag_id, run_id=ti_key.run_id, map_index=ti_key.map_index
        )

    base.get_one = staticmethod(get_one)
    base.get_value = staticmethod(get_value)
    base.get_many = staticmethod(lambda *args, **kwargs: world.refuse("XCom.get_many"))


def _patch_map_length(world: World) -> None:
    """How many instances a task that is mapped over this XCom has."""
    from airflow.models.mappedoperator import MappedOperator
    from airflow.models.xcom_arg import PlainXComArg

    def get_task_map_length(self: Any, run_id: str, *, session: Any) -> int | None:
        found = _cells(world, "return_value", [self.operator.task_id], self.operator.dag_id, run_id, None)
        if isinstance(self.operator, MappedOperator):
            return len(found)
        return len(found[0].value) if found and found[0].value is not None else None

    PlainXComArg.get_task_map_length = get_task_map_length


def _cells(
    world: World,
    key: str,
    task_ids: Any,
    dag_id: str | None,
    run_id: str | None,
    map_indexes: Any,
    prior: bool = False,
) -> list[Cell]:
    """
    :param task_ids: None is the task that pushed that key last, which is this one where it has
    :param prior: whether those of earlier runs will do for what this run has none of
    """
    answers = world.answers
    if answers is None:
        return []

    own = world.instance.task_id if world.instance else None
    if task_ids is None:
        task_ids = [own if answers.xcoms.get(world.key(own, key, dag_id, run_id)) else None]
    cells = [
        Cell(task_id, map_index, alive(value, allow_pickle=world.pickle))
        for task_id in task_ids
        for map_index, value in answers.xcom(world.key(task_id, key, dag_id, run_id, prior)).items()
    ]
    if map_indexes is None:
        return cells
    wanted = [map_indexes] if isinstance(map_indexes, int) else list(map_indexes)
    return [cell for cell in cells if cell.map_index in wanted]


def _neutral(world: World, key: str, stored: Any, deserialize: Callable[[Any], Any]) -> Any:
    """The neutral form of what would be pulled again; where it has none (an object), Airflow's serialized one.

    :raises Failure: `xcom_not_serializable`
    """
    with suppress(Exception):  # a class that Airflow may not or cannot make again
        return neutral(deserialize(_Stored(stored)), allow_pickle=world.pickle)
    try:
        return encode(json.loads(stored))
    except (NotEncodable, TypeError, ValueError) as error:  # pickled, or of an XCom backend's own making
        raise Failure("xcom_not_serializable", f"The XCom {key!r} cannot leave the task: {error}") from error


class _Stored:
    """What `deserialize_value` takes: anything with a `value`."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _lazy_sequence(xcom_module: Any) -> Any:
    """A list that is an instance of what Airflow gives for several XComs: its name differs in 2.9 and 2.10."""
    base: Any = getattr(xcom_module, "LazyXComSelectSequence", None) or xcom_module.LazyXComAccess

    class HeldSequence(base):  # type: ignore[misc]
        def __init__(self, values: Iterable[Any]) -> None:
            self._values: list[Any] = list(values)
            self._len = len(self._values)

        def __bool__(self) -> bool:
            return bool(self._values)

        def __iter__(self) -> Iterator[Any]:
            return iter(self._values)

        def __reversed__(self) -> Iterator[Any]:
            return iter(self._values[::-1])

        def __getitem__(self, index: Any) -> Any:
            return self._values[index]

        def __len__(self) -> int:
            return len(self._values)

        def __reduce__(self) -> Any:
            return list, (self._values,)

    HeldSequence.__name__ = base.__name__
    return HeldSequence
