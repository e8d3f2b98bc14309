"""The tasks and groups around the one task that runs: templates, branching and short-circuiting look at them.

Contract: a placeholder stands for each of the DAG's other tasks; all ids, edges and groups are as the request says.
"""

from __future__ import annotations

from typing import Any, Mapping

from airlock_runtime.airflow.classes import Classes


class Surroundings:
    """
    :param described: the request's task
    """

    def __init__(self, dag: Any, described: Mapping[str, Any], classes: Classes) -> None:
        self._dag, self._described, self._classes = dag, described, classes

    def placeholder(self, task_id: str) -> Any:
        """What stands for a task; the task itself where it is that."""
        return self._dag.task_dict.get(task_id) or self._classes.base_operator(task_id=task_id, dag=self._dag)

    def lay(self, task: Any) -> None:
        """Lays them around a task that is made."""
        facts: Mapping[str, Any] = self._described["dag"]
        for task_id in self._described.get("upstream") or ():
            if task_id not in task.upstream_task_ids and task_id != task.task_id:
                task.set_upstream(self.placeholder(task_id))
        edges = {**(facts.get("downstream") or {}), task.task_id: self._described.get("downstream") or ()}
        for task_id, after in edges.items():
            before = self.placeholder(task_id)
            for follower in after:
                before.set_downstream(self.placeholder(follower))
        ids = facts.get("task_ids") or ()
        for task_id in ids:
            self.placeholder(task_id)
        self._put_in_order(ids)
        self._group(facts.get("groups") or ())

    def _put_in_order(self, ids: Any) -> None:
        tasks = self._dag.task_dict
        ordered = {task_id: tasks[task_id] for task_id in ids}
        rest = {task_id: task for task_id, task in tasks.items() if task_id not in ordered}
        tasks.clear()
        tasks.update({**ordered, **rest})

    def _group(self, groups: Any) -> None:
        """Each of them comes behind the one that holds it."""
        root = self._dag.task_group
        made = {None: root}
        for group in groups:
            parent = made[group["parent"]]
            made[group["group_id"]] = own = self._classes.task_group(
                group["label"], prefix_group_id=group["prefix"], parent_group=parent, dag=self._dag
            )
            for task_id in group["task_ids"]:
                task = root.children.pop(task_id)
                task.task_group = None
                own.add(task)
