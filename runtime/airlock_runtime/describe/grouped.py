"""Tasks of a mapped task group: each has an instance for every item that its group is mapped over.

Contract: as Airflow expands them (2.9 to 3.3): groups that are mapped are not nested, and hold no mapped tasks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from airlock_runtime.wire.outcome import Failure


@dataclass(frozen=True)
class GroupInstance:
    """
    :param group: the mapped task group
    :param arguments: what this instance of it is called with
    """

    group: Any
    map_index: int
    arguments: Mapping[str, Any]

    def has(self, task: Any) -> bool:
        """Whether the task is of the same group: of its instances the one of this map index is meant, then."""
        group = mapped_group_of(task)  # of a reference, a copy of it
        return group is not None and bool(group.group_id == self.group.group_id)

    def value(self, argument: Any) -> Any:
        """What an argument of the group stands for here.

        :raises Failure: `cannot_map` where `expand_kwargs` does not say it
        """
        name = argument._key
        if name not in self.arguments:
            group_id, given = self.group.group_id, ", ".join(sorted(self.arguments)) or "nothing"
            message = f"Item {self.map_index} of {group_id} says nothing of its argument {name!r}; it says: {given}"
            raise Failure("cannot_map", message)
        return self.arguments[name]


def mapped_group_of(task: Any) -> Any | None:
    """The mapped task group that the task is in, if any; plain groups may lie between."""
    return next(iter(task.iter_mapped_task_groups()), None)


def has_instances(task: Any, mapped_operator: Any) -> bool:
    """Whether a run has any number of instances of the task: it is mapped itself, or its group is."""
    return isinstance(task, mapped_operator) or mapped_group_of(task) is not None
