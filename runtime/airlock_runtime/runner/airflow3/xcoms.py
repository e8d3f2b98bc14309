"""XComs between Airflow 3's serialized form and the wire's neutral one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from airlock_runtime.airflow import objects
from airlock_runtime.wire.outcome import Failure
from airlock_runtime.wire.values import NotEncodable, decode, encode


def neutral(key: str, stored: Any, allow_pickle: bool) -> Any:
    """The neutral form of what would be pulled again; where it has none (an object), Airflow's serialized one.

    :param stored: as the XCom backend serialized it
    :raises Failure: `xcom_not_serializable`
    """
    from airflow.sdk.execution_time.xcom import XCom

    with suppress(Exception):  # a class that Airflow may not or cannot make again
        return objects.neutral(XCom.deserialize_value(_Stored(stored)), allow_pickle=allow_pickle)
    try:
        return encode(stored)
    except NotEncodable as error:
        raise Failure("xcom_not_serializable", f"The XCom {key!r} cannot leave the task: {error}") from error


def serialized(value: Any) -> Any:
    """The form that a task deserializes, of a neutral value.

    Always Airflow's own: a custom backend would upload the value once more.
    """
    if value is None:
        return None
    from airflow.sdk.bases.xcom import BaseXCom

    plain = decode(value)
    try:
        return BaseXCom.serialize_value(plain)
    except AttributeError:  # a key that only what is serialized already has
        return plain


class _Stored:
    """What `deserialize_value` takes: anything with a `value`."""

    def __init__(self, value: Any) -> None:
        self.value = value
