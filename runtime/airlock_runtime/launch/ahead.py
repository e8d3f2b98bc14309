"""What an inner task may need, sent with its request: for carriers over which nothing can be asked.

Contract: the connections and variables that the task's arguments and templates name, and what its `send_ahead` lists.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping

from airlock_runtime.launch.errors import IsolationError

KINDS = ("connections", "variables", "xcoms")


def listed(task_id: str, send_ahead: Mapping[str, Any]) -> dict[str, list[str]]:
    """A task's `send_ahead`, each kind of it.

    :raises IsolationError: for a kind that there is not, and for what is no list
    """
    unknown = sorted(send_ahead.keys() - set(KINDS))
    if unknown:
        raise IsolationError(f"{task_id}: send_ahead has {', '.join(unknown)}: it takes {', '.join(KINDS)}")
    for kind, names in send_ahead.items():
        if not isinstance(names, (list, tuple, set, frozenset)):
            raise IsolationError(f"{task_id}: send_ahead's {kind} are {names!r}, not a list of names")
    return {kind: list(send_ahead.get(kind) or ()) for kind in KINDS}


def with_answers(
    request: Mapping[str, Any], ahead: Mapping[str, list[str]], answer: Callable[[Mapping[str, Any]], Any]
) -> dict[str, Any]:
    """The request with all that can be foreseen looked up."""
    task, run = request["task"], request["run"]

    def found(kind: str, ids: list[str]) -> dict[str, Any]:
        values = {name: answer({"kind": kind, "id": name}) for name in ids}
        return {name: value for name, value in values.items() if value is not None}

    xcoms = []
    for task_id in ahead["xcoms"]:
        names = {"dag_id": task["dag_id"], "run_id": run["run_id"], "task_id": task_id, "key": "return_value"}
        xcoms += [{**names, **cell} for cell in answer({"kind": "xcom", **names}) or ()]
    return {
        **request,
        "connections": found("connection", sorted({*task["conn_ids"], *ahead["connections"]})),
        "variables": found("variable", sorted({*task["variables"], *ahead["variables"]})),
        "xcoms": [{key: xcom[key] for key in ("task_id", "key", "map_index", "value")} for xcom in xcoms],
    }
