"""What an isolated task asks of the outer task's Airflow, and hands on to it: the same for both generations.

Contract: called while the outer task runs, in its process; values are neutral JSON both ways.
"""

from __future__ import annotations

from typing import Any, Mapping

from airlock_runtime.airflow import assets
from airlock_runtime.airflow.classes import airflow_classes
from airlock_runtime.airflow.objects import neutral
from airlock_runtime.airflow.versions import airflow_generation
from airlock_runtime.launch.facts import earlier_run
from airlock_runtime.wire.values import decode

_PARTS = ("conn_type", "host", "login", "password", "schema", "port", "extra")


class Outer:
    """
    :param context: the outer task's
    :param allow_pickle: whether a value that has no other form may travel as a pickle
    """

    def __init__(self, context: Any, allow_pickle: bool) -> None:
        self._context = context
        self._instance = context["ti"]
        self._pickle = allow_pickle

    def answer(self, question: Mapping[str, Any]) -> Any:
        """The answer to a question of the protocol; None and an empty list where there is nothing of that name."""
        kind = question["kind"]
        if kind == "connection":
            return self.connection(question["id"])
        if kind == "variable":
            return self.variable(question["id"])
        if kind == "set_variable":
            return self.set_variable(question["id"], question["value"])
        if kind == "xcom":
            return self.xcom(**{name: value for name, value in question.items() if name != "kind"})
        if kind == "previous_run":
            return self.previous_run(question.get("state"))
        if kind == "asset_events":
            return self.asset_events(question["asset"], question.get("filters") or {})
        if kind == "asset":
            return self.asset(question["asset"])
        raise ValueError(f"This Airlock does not know questions of the kind {kind!r}")

    def connection(self, conn_id: str) -> dict[str, Any] | None:
        """Its parts; what is looked up is masked in the outer task's log too, by Airflow itself."""
        try:
            connection = self._get_connection(conn_id)
        except Exception as error:
            if type(error).__name__ == "AirflowNotFoundException" or "CONNECTION_NOT_FOUND" in str(error):
                return None
            raise
        parts = {name: getattr(connection, name, None) for name in _PARTS}
        return {name: value for name, value in parts.items() if value not in (None, "")} | {
            "conn_type": parts["conn_type"] or ""
        }

    def previous_run(self, state: str | None) -> dict[str, Any] | None:
        """The dates of the last DAG run before this one."""
        run = self._instance.get_previous_dagrun(state=state)
        return None if run is None else earlier_run(run)

    def told(self, value: Any) -> Any:
        """The neutral form of a value of the outer task's."""
        return neutral(value, allow_pickle=self._pickle)

    def _get_connection(self, conn_id: str) -> Any:
        raise NotImplementedError

    def variable(self, key: str) -> str | None:
        """The variable's text, not parsed."""
        raise NotImplementedError

    def set_variable(self, key: str, value: str) -> None:
        raise NotImplementedError

    def xcom(
        self,
        dag_id: str,
        run_id: str,
        task_id: str | None,
        key: str,
        include_prior_dates: bool = False,
        map_index: int | None = None,
    ) -> list[dict[str, Any]]:
        """Each instance's value with its map index (-1 where the task is not mapped).

        :param task_id: None is whichever task of Airflow 2 pushed one last
        :param map_index: of the one instance that is meant; None where all are
        """
        raise NotImplementedError

    def asset_events(self, asset: Mapping[str, Any], filters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What has happened to an asset, or through an alias, the oldest first."""
        raise NotImplementedError

    def asset(self, asset: Mapping[str, Any]) -> dict[str, Any] | None:
        """All that is known of an asset that is referred to by its name or its URI."""
        raise NotImplementedError

    def add_outlet_event(self, event: Mapping[str, Any]) -> None:
        """What the inner task says of an asset that it updates: Airflow tells it when the outer task has succeeded."""
        classes, events = airflow_classes(), self._context["outlet_events"]
        extra = decode(dict(event["extra"]))
        asset = assets.asset_of(event["asset"], classes)
        if event.get("alias"):
            events[assets.named({"alias": event["alias"]}, classes)].add(asset, extra)
            return
        accessor = events[asset]
        accessor.extra.update(extra)
        if event.get("partition_key"):
            accessor.add_partitions(event["partition_key"])

    def name_map_index(self, rendered: str) -> None:
        """The name that the inner task has rendered for its map index."""
        self._context["airlock_map_index"] = rendered
        self._context["map_index_template"] = "{{ airlock_map_index }}"

    def keep_rendered(self, fields: dict[str, Any]) -> None:
        """Stores the inner task's rendered templates as the outer task's: each of them has been cut to the length that
        Airflow allows by then."""
        raise NotImplementedError

    def push(self, key: str, value: Any) -> None:
        """Pushes a value that the inner task pushed."""
        self._instance.xcom_push(key=key, value=value)

    def push_stored(self, key: str, stored: Any) -> None:
        """Pushes a value in Airflow's serialized form: an object that cannot be made again out here."""
        raise NotImplementedError

    def skip(self, tasks: list[tuple[str, int]]) -> None:
        """Skips tasks that follow, as the inner task has decided; the task itself has succeeded."""
        raise NotImplementedError


def outer_of(context: Any, allow_pickle: bool) -> Outer:
    """The outer side of this Airflow."""
    if airflow_generation() >= 3:
        from airlock_runtime.launch.outer3 import Outer3

        return Outer3(context, allow_pickle)
    from airlock_runtime.launch.outer2 import Outer2

    return Outer2(context, allow_pickle)
