"""The part of Airflow's context that is JSON, for a function in another Python.

Contract: reads only what each generation answers without its metadata database. Objects keep their attributes that are
values; what has no JSON part travels as an object without attributes, and says what to do when it is asked for one.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Callable, Mapping

from airlock_runtime.runner.environ import quiet_warnings

Encode = Callable[[Any], Any]

_OF_RUN = ("dag_id", "run_id", "start_date", "state", "execution_date", "log_url")
_OF_TASK = ("dag_id", "task_id", "doc_md", "owner", "params", "start_date")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "ti": (*_OF_RUN, "task_id", "try_number", "max_tries", "map_index", "hostname", "operator", "task", "dag_run"),
    "dag_run": (
        *(*_OF_RUN, "run_type", "conf", "logical_date", "run_after", "queued_at", "external_trigger", "clear_number"),
        *("data_interval_start", "data_interval_end"),
    ),
    "task": (
        *(*_OF_TASK, "task_type", "retries", "retry_delay", "execution_timeout", "trigger_rule", "pool", "queue"),
        *("email", "template_fields", "upstream_task_ids", "downstream_task_ids", "dag"),
    ),
    "dag": (
        *("dag_id", "description", "doc_md", "owner", "params", "start_date", "end_date", "tags", "fileloc", "folder"),
        *("catchup", "default_args", "max_active_runs", "task_ids", "template_searchpath"),
    ),
}
"""Attributes of the context's objects that are values, or objects again; each generation has most of them."""

_ALIASES = {"task_instance": "ti"}

_ASK_HERE = "{} in a template of op_kwargs, which Airflow's own Python renders, such as {}"
_HINTS: Mapping[str, Mapping[str, str]] = {
    "ti": {
        "xcom_pull": _ASK_HERE.format("pull it", "\"{{ ti.xcom_pull(task_ids='before') }}\""),
        "xcom_push": "return the value, of several a dict with multiple_outputs=True",
    },
    "var": {"": _ASK_HERE.format("read it", '"{{ var.value.name }}"')},
    "conn": {"": _ASK_HERE.format("read it", '"{{ conn.name.host }}"')},
    "macros": {"": _ASK_HERE.format("use it", '"{{ macros.ds_add(ds, 1) }}"')},
    "conf": {"": "read it where the DAG file is loaded, and pass it in op_kwargs"},
}
_NO_JSON = {"": "only what is JSON travels. " + _ASK_HERE.format("Pass what is needed of it", '"{{ dag_run.conf.x }}"')}

_NOT_READ = ("triggering_dataset_events",)
"""Airflow 2 asks the database as soon as it is looked at."""


def part_of_context(name: str, value: Any, encode: Encode) -> Any:
    """The JSON part of what the context has under that name.

    :param encode: raises `NotEncodable` for what has none
    """
    with quiet_warnings():  # Airflow 2 warns of names that it will drop when they are read, and here all are
        return _part(name, name, value, encode)


def _part(name: str, path: str, value: Any, encode: Encode) -> Any:
    kind = _ALIASES.get(name, name)
    fields: dict[str, Any] = {}
    if kind in _FIELDS:
        for field in _FIELDS[kind]:
            _add_field(fields, field, path, value, encode)
    elif name not in _HINTS and name not in _NOT_READ:
        with suppress(Exception):  # `NotEncodable`, or what Airflow says when it is looked up
            return encode(_plain(value))
    return {"$context": {"name": path, "fields": fields, "hints": {**_NO_JSON, **_HINTS.get(kind, {})}}}


def _add_field(fields: dict[str, Any], field: str, path: str, value: Any, encode: Encode) -> None:
    with suppress(Exception):  # of the other generation, or no value
        found = getattr(value, field)
        fields[field] = _part(field, f"{path}.{field}", found, encode) if field in _FIELDS else encode(_plain(found))


def _plain(value: Any) -> Any:
    """Without Airflow's wrappers around values: of params, and of what is looked up when it is used."""
    if type(value).__name__ == "Proxy":
        value = value.__wrapped__
    if type(value).__name__ == "ParamsDict":
        return dict(value)
    return value
