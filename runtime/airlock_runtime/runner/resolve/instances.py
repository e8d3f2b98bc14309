"""The instances of a mapped task, or of a task of a mapped task group, each described as a task of its own."""

from __future__ import annotations

from typing import Any, Iterator

from airlock_runtime.airflow.classes import Classes
from airlock_runtime.describe.describe import Warn, describe
from airlock_runtime.describe.grouped import GroupInstance, has_instances, mapped_group_of
from airlock_runtime.describe.mapped import instance_of
from airlock_runtime.runner.answers import Answers
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.resolve.expand import expansion_of
from airlock_runtime.runner.resolve.pod import pod_of
from airlock_runtime.wire.outcome import Failure, message_of


class Instances:
    """
    :param task: of a DAG that has been loaded
    :param pods: whether each comes with its pod
    """

    def __init__(self, task: Any, dag: Any, dag_file: str, answers: Answers, classes: Classes, pods: bool) -> None:
        self._task, self._dag, self._dag_file = task, dag, dag_file
        self._answers, self._classes, self._pods = answers, classes, pods
        self._group = mapped_group_of(task)

    def described(self, only: int | None, warn: Warn, events: Events) -> Iterator[list[dict[str, Any]]]:
        """All, or one of them. Of those that a function given to `map()` skips, it is told that they are skipped.

        :raises Failure: `not_mapped`, `cannot_map`, `no_such_instance`, `cannot_travel`, `bad_pod`
        """
        task = self._task
        if not has_instances(task, self._classes.mapped_operator):
            raise Failure("not_mapped", f"The task {task.task_id} is not mapped: it has no map index")
        over = task._get_specified_expand_input() if self._group is None else self._group._expand_input
        expansion = expansion_of(task, over, self._answers, self._classes)
        if only is not None and not 0 <= only < expansion.count:
            there = f"they are 0 to {expansion.count - 1}" if expansion.count else "there is none"
            raise Failure("no_such_instance", f"The task {task.task_id} has no map index {only}: {there}")
        for index in range(expansion.count) if only is None else [only]:
            try:
                mapped, resolved = expansion.arguments(index)
            except Failure:
                raise
            except Exception as error:
                if not _skips(error):
                    message = f"What item {index} of {task.task_id} is mapped to cannot be told: {message_of(error)}"
                    raise Failure("cannot_map", message) from error
                events.skip([(task.task_id, index)])
                continue
            yield [self._one(index, mapped, resolved, warn)]

    def _one(self, index: int, mapped: dict[str, Any], resolved: frozenset[str], warn: Warn) -> dict[str, Any]:
        if self._group is not None:
            operator, of_group = self._task, GroupInstance(self._group, index, mapped)
            described = describe(operator, self._dag, self._dag_file, self._classes, warn, of_group=of_group)
        else:
            operator, inner = instance_of(self._task, mapped, resolved, self._classes)
            described = describe(operator, self._dag, self._dag_file, self._classes, warn, inner=inner)
            described["map_index"] = index
        return {**described, "pod": pod_of(operator, warn)} if self._pods else described


def _skips(error: Exception) -> bool:
    return any(kind.__name__ == "AirflowSkipException" for kind in type(error).__mro__)
