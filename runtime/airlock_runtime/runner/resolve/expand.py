"""The instances of a mapped task, by what its DAG file and the XComs of its run say.

Contract: as Airflow expands it (`expandinput.py` and `xcom_arg.py`, 2.9 to 3.3): the last argument of `expand` varies
fastest, a dictionary is its pairs, what `map()` makes of an item is made when that item is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import prod
from typing import Any, Callable

from airlock_runtime.airflow.classes import Classes
from airlock_runtime.airflow.objects import alive
from airlock_runtime.describe.grouped import has_instances
from airlock_runtime.runner.answers import Answers, XcomKey
from airlock_runtime.wire.outcome import Failure

Item = Callable[[], Any]


@dataclass(frozen=True)
class Expansion:
    """
    :param count: how many instances there are
    :param arguments: of an instance, by its map index: what it is called with beside what `partial` says, and which
        names of it come out of XComs, and are not rendered any more
    """

    count: int
    arguments: Callable[[int], tuple[dict[str, Any], frozenset[str]]]


def expansion_of(task: Any, expand_input: Any, answers: Answers, classes: Classes) -> Expansion:
    """
    :param task: of a DAG that has been loaded
    :param expand_input: what it is mapped over, or its group
    :raises Failure: `cannot_map` where an XCom is not there or is nothing to map over
    """
    given = expand_input.value
    values = _Values(task, answers, classes)
    # `expand_kwargs` takes a list, or a reference to one
    return _over_lists(values, given) if isinstance(given, Mapping) else _over_dicts(values, given)


def _over_lists(values: _Values, given: Mapping[str, Any]) -> Expansion:
    items = {name: values.items(name, value) for name, value in given.items()}
    resolved = frozenset(name for name, value in given.items() if values.come_from_xcoms(value))

    def arguments(index: int) -> tuple[dict[str, Any], frozenset[str]]:
        chosen: dict[str, Any] = {}
        for name in reversed(items):
            index, at = divmod(index, len(items[name]))
            chosen[name] = items[name][at]()
        return {name: chosen[name] for name in items}, resolved

    return Expansion(prod(map(len, items.values())), arguments)


def _over_dicts(values: _Values, given: Any) -> Expansion:
    items = values.items("expand_kwargs", given)

    def arguments(index: int) -> tuple[dict[str, Any], frozenset[str]]:
        found = items[index]()
        if not isinstance(found, Mapping) or not all(isinstance(name, str) for name in found):
            raise values.failure(f"expand_kwargs takes dictionaries of arguments, and item {index} is no such")
        return dict(found), frozenset()  # Airflow renders them, wherever they come from

    return Expansion(len(items), arguments)


class _Values:
    """What references to XComs stand for, item by item."""

    def __init__(self, task: Any, answers: Answers, classes: Classes) -> None:
        self._task, self._answers, self._classes = task, answers, classes

    def come_from_xcoms(self, value: Any) -> bool:
        return isinstance(value, self._classes.xcom_arg)

    def items(self, name: str, value: Any) -> list[Item]:
        """
        :param name: of the argument, for messages
        """
        if self.come_from_xcoms(value):
            return self._of_reference(name, value)
        if isinstance(value, Mapping):
            return [_given(pair) for pair in value.items()]
        if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
            return [self._of_element(item) for item in value]
        raise self.failure(f"{name} is mapped over {type(value).__name__}, which is neither a list nor a dictionary")

    def failure(self, message: str) -> Failure:
        return Failure("cannot_map", f"The task {self._task.task_id} cannot be mapped: {message}")

    def _of_element(self, item: Any) -> Item:
        """`expand_kwargs` takes a list of references, too."""
        return (lambda: self._pulled("expand_kwargs", item)) if self.come_from_xcoms(item) else _given(item)

    def _of_reference(self, name: str, value: Any) -> list[Item]:
        if isinstance(value, self._classes.plain_xcom_arg):
            return self.items(name, self._pulled(name, value))
        if hasattr(value, "callables"):
            return [_changed(item, value.callables) for item in self._of_reference(name, value.arg)]
        parts = [self._of_reference(name, part) for part in value.args]
        if not hasattr(value, "fillvalue"):
            return [item for part in parts for item in part]
        if type(value.fillvalue).__name__ == "ArgNotSet":
            return [_together(items) for items in zip(*parts)]
        return [_together(items) for items in zip_longest(*parts, fillvalue=_given(value.fillvalue))]

    def _pulled(self, name: str, reference: Any) -> Any:
        """The value of a task's XCom; of a mapped task those of all its instances."""
        source = reference.operator
        cells = self._answers.xcom(XcomKey(self._task.dag_id, "", source.task_id, reference.key))
        if -1 in cells:
            return alive(cells[-1])
        if has_instances(source, self._classes.mapped_operator):
            return [alive(cells[index]) for index in sorted(cells)]
        raise self.failure(f"{name} is the XCom {reference.key!r} of {source.task_id}, which is not there")


def _given(value: Any) -> Item:
    return lambda: value


def _changed(item: Item, functions: Sequence[Callable[[Any], Any]]) -> Item:
    def changed() -> Any:
        value = item()
        for function in functions:
            value = function(value)
        return value

    return changed


def _together(items: Sequence[Item]) -> Item:
    return lambda: tuple(item() for item in items)
