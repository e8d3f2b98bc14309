"""XComs between Airflow 3's serialized form and the wire's neutral one."""

from __future__ import annotations

from typing import Any

from airlock_runtime.runner.outcome import Failure
from airlock_runtime.wire.values import NotEncodable, decode, encode


def neutral(key: str, stored: Any) -> Any:
    """The neutral form of what would be pulled again.

    :param stored: as the XCom backend serialized it
    :raises Failure: `xcom_not_serializable`
    """
    from airflow.sdk.execution_time.xcom import XCom

    try:
        return encode(XCom.deserialize_value(_Stored(stored)))
    except NotEncodable as error:
        raise Failure("xcom_not_serializable", f"The XCom {key!r} cannot leave the task: {error}") from error


def serialized(value: Any) -> Any:
    """The form that a task deserializes, of a neutral value.

    Always Airflow's own: a custom backend would upload the value once more.
    """
    if value is None:
        return None
    from airflow.sdk.bases.xcom import BaseXCom

    return BaseXCom.serialize_value(decode(value))


class _Stored:
    """What `deserialize_value` takes: anything with a `value`."""

    def __init__(self, value: Any) -> None:
        self.value = value
