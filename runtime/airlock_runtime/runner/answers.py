"""What a task may ask of the outside: looked for in the request first, then asked over the channel.

Contract: knows JSON only; what was not found anywhere is remembered, so that the outcome can name it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Mapping

from airlock_runtime.runner.channel import Channel, Refused


@dataclass(frozen=True)
class XcomKey:
    dag_id: str
    run_id: str
    task_id: str
    key: str


@dataclass
class Answers:
    """
    :param connections: what the request brought, by id
    :param xcoms: values of this run as neutral JSON, by key and map index; -1 is of a task that is not mapped
    :param pickle: whether a value that has no other form may travel as a pickle
    :param answered_by: who answers, as messages say it
    """

    channel: Channel
    connections: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    variables: dict[str, str | None] = field(default_factory=dict)
    xcoms: dict[XcomKey, dict[int, Any]] = field(default_factory=dict)
    previous_runs: dict[str | None, Mapping[str, Any] | None] = field(default_factory=dict)
    missing: list[dict[str, str]] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    pickle: bool = False
    answered_by: str = "whoever started the task"

    def connection(self, conn_id: str) -> dict[str, Any] | None:
        """The connection's parts, or `{"uri": ...}`; None where nobody knows it."""
        if conn_id not in self.connections:
            self.connections[conn_id] = self._ask("connection", conn_id)
        elif self.connections[conn_id] is None:
            self._missing("connection", conn_id)
        return _parts(self.connections[conn_id])

    def variable(self, key: str) -> str | None:
        """The variable's text; None where nobody knows it."""
        if key not in self.variables:
            self.variables[key] = self._ask("variable", key)
        elif self.variables[key] is None:
            self._missing("variable", key)
        return self.variables[key]

    def set_variable(self, key: str, value: str) -> None:
        """:raises Refused: where there is nobody to keep it"""
        self.channel.ask({"kind": "set_variable", "id": key, "value": value})
        self.variables[key] = value

    def xcom(self, key: XcomKey) -> dict[int, Any]:
        """The neutral values of one XCom, of all instances of its task, by map index; empty where there is none."""
        if key not in self.xcoms:
            cells = self._asked({"kind": "xcom", **key.__dict__}, key.task_id) or ()
            self.xcoms[key] = {cell["map_index"]: cell["value"] for cell in cells}
        return self.xcoms[key]

    def previous_run(self, state: str | None) -> Mapping[str, Any] | None:
        """The last DAG run before this one, of that state where one is given: its dates by name, as ISO texts."""
        if state not in self.previous_runs:  # Airflow 2 wants it four times for every context
            self.previous_runs[state] = None
            with suppress(Refused):
                self.previous_runs[state] = self.channel.ask({"kind": "previous_run", "state": state})
        return self.previous_runs[state]

    def keep_xcom(self, key: XcomKey, map_index: int, value: Any) -> None:
        """What the task itself pushed, for when it pulls that again."""
        self.xcoms.setdefault(key, {})[map_index] = value

    def _ask(self, kind: str, name: str) -> Any:
        return self._asked({"kind": kind, "id": name}, name)

    def _asked(self, question: Mapping[str, Any], name: str) -> Any:
        try:
            answer = self.channel.ask(question)
        except Refused as refusal:
            answer = None
            self.refusals[name] = str(refusal)
        if answer is None or answer == []:
            self._missing(str(question["kind"]), name)
        return answer

    def _missing(self, kind: str, name: str) -> None:
        missing = {"kind": kind, "id": name}
        if missing not in self.missing:
            self.missing.append(missing)


def answers_of(request: Mapping[str, Any], channel: Channel, dag_id: str = "", run_id: str = "") -> Answers:
    """What a request brought along."""
    answers = Answers(
        channel,
        dict(request.get("connections") or {}),
        dict(request.get("variables") or {}),
        pickle=bool(request.get("pickle")),
    )
    run = request.get("run") or {}
    if "previous_success" in run:
        answers.previous_runs["success"] = run["previous_success"]
    answers.answered_by = str(request.get("answered_by") or answers.answered_by)
    for xcom in request.get("xcoms") or ():
        key = XcomKey(dag_id, run_id, xcom["task_id"], xcom.get("key", "return_value"))
        answers.keep_xcom(key, xcom.get("map_index", -1), xcom["value"])
    return answers


def _parts(connection: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Both of Airflow's spellings: a URI, or JSON; with `extra` as text."""
    if connection is None:
        return None
    uri = str(connection.get("uri") or "")
    parts = dict(json.loads(uri) if uri.lstrip().startswith("{") else connection)
    if isinstance(parts.get("extra"), (dict, list)):
        parts["extra"] = json.dumps(parts["extra"])
    return parts
