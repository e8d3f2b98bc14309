"""Connections and variables, in the metadata database's place: custom backends and `AIRFLOW_CONN_*` still go first."""

from __future__ import annotations

import json
from typing import Any, Mapping

from airlock_runtime.runner.airflow2.world import World


def patch(world: World) -> None:
    from airflow.models.variable import Variable
    from airflow.secrets.metastore import MetastoreBackend

    def get_connection(self: Any, conn_id: str, session: Any = None) -> Any:
        found = world.answers.connection(conn_id) if world.answers else None
        return None if found is None else airflow_connection(conn_id, found)

    def get_variable(self: Any, key: str, session: Any = None) -> str | None:
        return world.answers.variable(key) if world.answers else None

    def set_variable(
        key: str, value: Any, description: str | None = None, serialize_json: bool = False, session: Any = None
    ) -> None:
        text = json.dumps(value, indent=2) if serialize_json else str(value)
        if world.answers is None:
            world.refuse("Variable.set")
        world.answers.set_variable(key, text)

    MetastoreBackend.get_connection = get_connection
    MetastoreBackend.get_variable = get_variable
    Variable.set = staticmethod(set_variable)


def airflow_connection(conn_id: str, connection: Mapping[str, Any]) -> Any:
    """Airflow's own `Connection`, from a URI or from parts."""
    from airflow.models.connection import Connection

    if connection.get("uri"):
        return Connection(conn_id=conn_id, uri=connection["uri"])
    names = ("conn_type", "host", "login", "password", "schema", "port", "extra")
    return Connection(conn_id=conn_id, **{name: connection[name] for name in names if name in connection})
