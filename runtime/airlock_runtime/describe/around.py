"""What of its DAG a task can see: the DAG's own facts, and the tasks and groups around it.

Contract: what has no neutral form stays behind, but for macros and filters that the task's templates name.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Callable, Mapping

from airlock_runtime.describe.encode import TaskEncoder
from airlock_runtime.describe.grouped import mapped_group_of
from airlock_runtime.wire.values import NotEncodable


class Surroundings:
    """
    :param defaults: arguments that the task takes where it is not given them
    :param cannot_travel: the failure for a name that a template uses, and whose value cannot travel
    """

    def __init__(
        self,
        task: Any,
        dag: Any,
        defaults: Mapping[str, Any],
        encoder: TaskEncoder,
        cannot_travel: Callable[[str, NotEncodable], Exception],
    ) -> None:
        self._task, self._dag, self._defaults = task, dag, defaults
        self._encoder, self._cannot_travel = encoder, cannot_travel

    def facts(self, texts: list[str]) -> dict[str, Any]:
        """
        :param texts: the task's templates
        :raises Exception: `cannot_travel`
        """
        dag = self._dag
        return {
            "params": self._what_travels(param_values(dag.params)),
            "start_date": self._encoder.encode(_in_its_zone(dag)),
            "end_date": self._encoder.encode(dag.end_date),
            "schedule": self._encoder.encode(_schedule(dag)),
            "catchup": bool(dag.catchup),
            "max_active_runs": dag.max_active_runs,
            "max_active_tasks": dag.max_active_tasks,
            "template_searchpath": list(dag.template_searchpath or ()),
            "render_template_as_native_obj": bool(dag.render_template_as_native_obj),
            "template_undefined": _undefined_name(dag.template_undefined),
            "user_defined_macros": self._named_in_templates(dag.user_defined_macros, texts),
            "user_defined_filters": self._named_in_templates(dag.user_defined_filters, texts),
            "default_args": self._what_travels(self._defaults),
            "tags": list(dag.tags or ()),
            "description": dag.description,
            "doc_md": dag.doc_md,
        }

    def _what_travels(self, values: Mapping[str, Any]) -> dict[str, Any]:
        travels = {}
        for name, value in values.items():
            try:
                travels[name] = self._encoder.encode(value)
            except NotEncodable:
                continue
        return travels

    def _named_in_templates(self, values: Mapping[str, Any] | None, texts: list[str]) -> dict[str, Any]:
        words = {word for text in texts for word in re.findall(r"\w+", text)}
        travels = {}
        for name in sorted(words & (values or {}).keys()):
            try:
                travels[name] = self._encoder.encode((values or {})[name])
            except NotEncodable as error:
                raise self._cannot_travel(name, error) from None
        return travels


def neighbours(task: Any, dag: Any) -> dict[str, Any]:
    """The ids of all tasks, the groups, and which tasks follow this one: what branching and short-circuiting look at.

    `downstream` has the direct followers of each task behind this one.
    """
    followers: dict[str, list[str]] = {}
    waiting = list(task.downstream_task_ids)
    while waiting:
        task_id = waiting.pop()
        if task_id not in followers:
            followers[task_id] = sorted(dag.get_task(task_id).downstream_task_ids)
            waiting += followers[task_id]
    edges = {task_id: after for task_id, after in sorted(followers.items()) if after}
    return {"task_ids": list(dag.task_ids), "downstream": edges, "groups": _groups(dag)}


def rules(task: Any) -> dict[str, Any]:
    """When it runs in a run of its DAG: what Airflow's scheduler looks at, beside what is upstream."""
    needed = {setup.task_id for setup in task.get_upstreams_only_setups()}
    return {
        "trigger_rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
        "setup": bool(task.is_setup),
        "teardown": bool(task.is_teardown),
        "setups": sorted(needed - task.upstream_task_ids),
        "fails_run": bool(task.on_failure_fail_dagrun),
        "mapped_group": _mapped_group(task),
    }


def _mapped_group(task: Any) -> dict[str, Any] | None:
    """With the tasks of whose XComs its items are made."""
    group = mapped_group_of(task)
    if group is None:
        return None
    return {"id": group.group_id, "over": sorted({above.task_id for above in group.iter_mapped_dependencies()})}


def _groups(dag: Any) -> list[dict[str, Any]]:
    """Every group behind the one that holds it."""
    groups = sorted(dag.task_group_dict.items(), key=lambda entry: _depth(entry[1]))
    return [
        {
            "group_id": group_id,
            "label": group.label,
            "prefix": group.prefix_group_id,
            "parent": None if group.parent_group is None else group.parent_group.group_id,
            "task_ids": [key for key, child in group.children.items() if hasattr(child, "task_id")],
        }
        for group_id, group in groups
    ]


def _depth(group: Any) -> int:
    return 0 if group.parent_group is None else 1 + _depth(group.parent_group)


def param_values(params: Any) -> dict[str, Any]:
    """The values of a `ParamsDict`; a `Param` without one is left out."""
    held = {name: params.get_param(name) for name in params}
    return {name: param.value for name, param in held.items() if type(param.value).__name__ != "ArgNotSet"}


def _in_its_zone(dag: Any) -> Any:
    """Airflow keeps the DAG's zone apart from its start."""
    start, zone = dag.start_date, dag.timezone
    return start if start is None or zone is None else start.astimezone(zone)


def _schedule(dag: Any) -> Any:
    """A cron expression, a preset or an interval; a timetable's code is not there where the task runs."""
    schedule = getattr(dag, "schedule_interval", None) or getattr(dag, "schedule", None)  # Airflow 2 keeps only one
    if getattr(dag, "dataset_triggers", None) or type(dag.timetable).__module__.partition(".")[0] != "airflow":
        return None
    return schedule if isinstance(schedule, (str, timedelta)) else None


def _undefined_name(undefined: Any) -> str | None:
    """The DAG's class for undefined names, where it is not Airflow's own choice."""
    if undefined is None or undefined.__name__ == "StrictUndefined":
        return None
    return f"{undefined.__module__}.{undefined.__qualname__}"
