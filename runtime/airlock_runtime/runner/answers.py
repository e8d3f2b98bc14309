"""What a task may ask of the outside: looked for in the request first, then asked over the channel.

Contract: knows JSON only. What the request did not bring is asked for each time, as Airflow itself looks each time (a
sensor may wait for it); where nobody is there any more, the last answer stands. What was not found anywhere is
remembered, so that the outcome can name it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Mapping

from airlock_runtime.runner.channel import Channel, Refused


@dataclass(frozen=True)
class XcomKey:
    """
    :param task_id: None is whichever task pushed one last (Airflow 2)
    :param include_prior_dates: whether one of an earlier run will do, where this run has none
    :param map_index: of the one instance that is meant; None where all are
    """

    dag_id: str
    run_id: str
    task_id: str | None
    key: str
    include_prior_dates: bool = False
    map_index: int | None = None

    def question(self) -> dict[str, Any]:
        names = {"dag_id": self.dag_id, "run_id": self.run_id, "task_id": self.task_id, "key": self.key}
        prior = {"include_prior_dates": True} if self.include_prior_dates else {}
        return {"kind": "xcom", **names, **prior, **({} if self.map_index is None else {"map_index": self.map_index})}

    def of_this_run(self) -> XcomKey:
        """By which the values are held that need not be asked for."""
        return XcomKey(self.dag_id, self.run_id, self.task_id, self.key)


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
    last: dict[tuple[str, Any], Any] = field(default_factory=dict)
    pickle: bool = False
    answered_by: str = "whoever started the task"

    def connection(self, conn_id: str) -> dict[str, Any] | None:
        """The connection's parts, or `{"uri": ...}`; None where nobody knows it."""
        return _parts(self._look_up("connection", conn_id, self.connections))

    def variable(self, key: str) -> str | None:
        """The variable's text; None where nobody knows it."""
        text: str | None = self._look_up("variable", key, self.variables)
        return text

    def set_variable(self, key: str, value: str) -> None:
        """:raises Refused: where there is nobody to keep it"""
        self.channel.ask({"kind": "set_variable", "id": key, "value": value})
        if key in self.variables:
            self.variables[key] = value

    def xcom(self, key: XcomKey) -> dict[int, Any]:
        """The neutral values of one XCom, of all instances of its task, by map index; empty where there is none."""
        held = self.xcoms.get(key.of_this_run())
        if held is not None and (held or not key.include_prior_dates):
            return held
        cells = self._asked(key.question(), key.task_id or key.key, key) or ()
        return {cell["map_index"]: cell["value"] for cell in cells}

    def last_xcom(self, key: XcomKey) -> dict[int, Any]:
        """The same, as it was when it was asked for last: for those who take its values one by one."""
        cells = self.last.get(("xcom", key))
        return self.xcom(key) if cells is None else {cell["map_index"]: cell["value"] for cell in cells}

    def previous_run(self, state: str | None) -> Mapping[str, Any] | None:
        """The last DAG run before this one, of that state where one is given: its dates by name, as ISO texts."""
        if state not in self.previous_runs:  # Airflow 2 wants it four times for every context
            self.previous_runs[state] = None
            with suppress(Refused):
                self.previous_runs[state] = self.channel.ask({"kind": "previous_run", "state": state})
        return self.previous_runs[state]

    def asset_events(self, asset: Mapping[str, Any], **filters: Any) -> list[dict[str, Any]]:
        """What has happened to an asset, the oldest first."""
        given = {name: value for name, value in filters.items() if value is not None}
        events: list[dict[str, Any]] = self.channel.ask({"kind": "asset_events", "asset": asset, "filters": given})
        return events

    def asset(self, asset: Mapping[str, Any]) -> dict[str, Any] | None:
        """All that is known of an asset that is referred to."""
        found: dict[str, Any] | None = self.channel.ask({"kind": "asset", "asset": asset})
        return found

    def keep_xcom(self, key: XcomKey, map_index: int, value: Any) -> None:
        """What the task itself pushed, for when it pulls that again."""
        self.xcoms.setdefault(key, {})[map_index] = value

    def _look_up(self, kind: str, name: str, brought: Mapping[str, Any]) -> Any:
        if name not in brought:
            return self._asked({"kind": kind, "id": name}, name, name)
        self._note(kind, name, brought[name])
        return brought[name]

    def _asked(self, question: Mapping[str, Any], name: str, key: Any) -> Any:
        kind = str(question["kind"])
        try:
            self.last[kind, key] = self.channel.ask(question)
        except Refused as refusal:
            self.refusals[name] = str(refusal)
        answer = self.last.get((kind, key))
        self._note(kind, name, answer)
        return answer

    def _note(self, kind: str, name: str, found: Any) -> None:
        missing = {"kind": kind, "id": name}
        there = found is not None and found != []
        if there and missing in self.missing:
            self.missing.remove(missing)
        elif not there and missing not in self.missing:
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
