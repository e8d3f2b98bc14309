"""The shape of an `execute` request: a wrong one is told by its field, and not by an error deep in Airflow.

Contract: JSON in; what is not named here may be there and is ignored, so that a newer sender may say more.
"""

from __future__ import annotations

from typing import Any, Callable

from airlock_runtime.wire.outcome import Failure

Check = Callable[[Any, str], None]
"""Takes a value and where it stands.

:raises Failure: `protocol`
"""


def _a(kind: type | tuple[type, ...], words: str) -> Check:
    def check(value: Any, at: str) -> None:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise Failure("protocol", f"The request's {at} is {value!r:.80}, not {words}")

    return check


_text, _number, _list, _object = _a(str, "a text"), _a(int, "a number"), _a(list, "a list"), _a(dict, "an object")
_flag = _a(bool, "true or false")


def _list_of(part: Check) -> Check:
    def check(value: Any, at: str) -> None:
        _list(value, at)
        for index, each in enumerate(value):
            part(each, f"{at}[{index}]")

    return check


def _by_name(part: Check) -> Check:
    def check(value: Any, at: str) -> None:
        _object(value, at)
        for name, each in value.items():
            if each is not None:
                part(each, f"{at}.{name}")

    return check


def _fields(required: dict[str, Check], **optional: Check) -> Check:
    def check(value: Any, at: str) -> None:
        _object(value, at)
        under = f"{at}." if at else ""
        for name, part in required.items():
            part(value.get(name), under + name)
        for name, part in optional.items():
            if value.get(name) is not None:
                part(value[name], under + name)

    return check


_DAG = _fields(
    {},
    params=_object,
    task_ids=_list_of(_text),
    downstream=_by_name(_list_of(_text)),
    groups=_list_of(_fields({"group_id": _text, "task_ids": _list_of(_text)}, parent=_text)),
    template_files=_by_name(_text),
    template_searchpath=_list_of(_text),
    template_undefined=_text,
    user_defined_macros=_object,
    user_defined_filters=_object,
    default_args=_object,
    tags=_list_of(_text),
    dag_file=_text,
)
_TASK = _fields(
    {"dag_id": _text, "task_id": _text, "kwargs": _object, "dag": _DAG},
    operator=_text,
    python=_text,
    upstream=_list_of(_text),
    downstream=_list_of(_text),
    modules=_by_name(_fields({"path": _text, "source": _text})),
    source=_fields({"file": _text, "line": _number}),
)
_RUN = _fields(
    {"run_id": _text},
    run_type=_text,
    conf=_object,
    try_number=_number,
    max_tries=_number,
    map_index=_number,
    details=_object,
    instance=_object,
    asset_events=_list_of(_fields({"asset": _object}, timestamp=_text, source_aliases=_list_of(_text))),
)
_EXECUTE = _fields(
    {"task": _TASK, "run": _RUN},
    connections=_by_name(_object),
    variables=_by_name(_text),
    xcoms=_list_of(_fields({"task_id": _text}, key=_text, map_index=_number)),
    detach=_by_name(_list_of(_text)),
    render_only=_flag,
    changed=_list_of(_text),
    containers=_flag,
    pods=_flag,
    environ=_by_name(_text),
)


def check_execute(request: Any) -> None:
    """:raises Failure: `protocol`, naming the field that is missing or not what it should be"""
    _EXECUTE(request, "")
