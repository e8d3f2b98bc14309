"""The request's connections as Airflow 3 hands them to a task, and their secrets masked."""

from __future__ import annotations

from typing import Any, Mapping


def connection_fields(conn_id: str, connection: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of Airflow's `ConnectionResult`."""
    if connection.get("uri"):
        parsed = _parse(conn_id, str(connection["uri"]))
        names = ("conn_type", "host", "login", "password", "schema", "port", "extra")
        connection = {name: getattr(parsed, name, None) for name in names}
    fields = {"conn_type": "", **connection, "conn_id": conn_id}
    fields["schema_"] = fields.pop("schema", None)
    return fields


def _parse(conn_id: str, uri: str) -> Any:
    from airflow.sdk import Connection

    if hasattr(Connection, "from_uri"):
        return Connection.from_uri(uri, conn_id=conn_id)
    from airflow.models.connection import Connection as OrmConnection  # 3.0

    return OrmConnection(conn_id=conn_id, uri=uri)


def mask(connection: Mapping[str, Any]) -> None:
    """As the supervisor does when it hands a connection to a task (`request_handlers.py`)."""
    mask_secret = _mask_secret()
    fields = connection_fields("", connection)
    if fields.get("password"):
        mask_secret(fields["password"])
    if fields.get("extra"):
        _mask_extra(mask_secret, fields["extra"])


def mask_variable(key: str, value: str) -> None:
    """Masks it where its name says that it is a secret."""
    _mask_secret()(value, key)


def _mask_extra(mask_secret: Any, extra: str) -> None:
    import json

    try:
        mask_secret(json.loads(extra))  # of an object, the parts whose names say so
    except ValueError:
        mask_secret(extra)


def _mask_secret() -> Any:
    try:
        from airflow.sdk.log import mask_secret
    except ImportError:
        from airflow.sdk.execution_time.secrets_masker import mask_secret  # 3.0

    return mask_secret
