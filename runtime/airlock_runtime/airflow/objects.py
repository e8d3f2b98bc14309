"""Values of any class, by Airflow's own serializers: data frames, dataclasses, whatever has registered one.

Contract: what JSON and `wire/values.py` have a word for stays in those words; the rest becomes Airflow's serialized
form (`{"__classname__": ..., "__version__": ..., "__data__": ...}`), which is the same in both generations; and where
that fails and a setting allows it, a pickle. Who makes an object again must be allowed to, as in Airflow itself
(`[core] allowed_deserialization_classes`).
"""

from __future__ import annotations

import base64
import pickle
from collections.abc import Sequence
from typing import Any, Mapping

from airlock_runtime.wire.values import NotDecodable, NotEncodable, decode, encode


def neutral(value: Any, *, allow_pickle: bool = False) -> Any:
    """:raises NotEncodable: for what has no form outside of its own process, naming where it stands"""

    def special(part: Any, path: str) -> Any:
        if isinstance(part, Sequence):  # a lazy sequence of XComs
            return neutral(_at_once(part), allow_pickle=allow_pickle)
        try:
            return encode(serialize(part))
        except Exception as error:
            if allow_pickle:
                return {"$pickle": base64.b64encode(pickle.dumps(part)).decode()}
            kind = type(part)
            reason = f"a {kind.__module__}.{kind.__qualname__}, which Airflow cannot serialize ({error})"
            raise NotEncodable(path, reason) from None

    return encode(value, special)


def _at_once(lazy: Sequence[Any]) -> list[Any]:
    """One slice asks the server once, and not for each item."""
    try:
        return list(lazy[:])
    except ValueError:  # 2.9 has no slices; its iterator asks once
        return list(lazy)


def alive(value: Any, *, allow_pickle: bool = False) -> Any:
    """The Python value of a neutral one.

    :raises ImportError: where Airflow here may not make such an object again
    """

    def unpickle(text: str) -> Any:
        if not allow_pickle:
            raise NotDecodable("It came as a pickle, which [airlock] pickle does not allow")
        return pickle.loads(base64.b64decode(text))

    decoded = decode(value, {"$pickle": unpickle})
    return _revived(decoded) if holds_objects(value) else decoded


def _revived(value: Any) -> Any:
    if isinstance(value, dict):
        if "__classname__" in value:
            return deserialize(value)
        return {name: _revived(part) for name, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_revived, value))
    return value


def holds_objects(value: Any) -> bool:
    """Whether a neutral value is, or holds, what Airflow serialized."""
    if isinstance(value, Mapping):
        return "__classname__" in value or any(map(holds_objects, value.values()))
    return isinstance(value, list) and any(map(holds_objects, value))


def serialize(value: Any) -> Any:
    """Airflow's own (`airflow.sdk.serde` from 3.2 on)."""
    try:
        from airflow.sdk.serde import serialize as serializer
    except ImportError:
        from airflow.serialization.serde import serialize as serializer
    return serializer(value)


def deserialize(value: Any) -> Any:
    """The same, the other way."""
    try:
        from airflow.sdk.serde import deserialize as deserializer
    except ImportError:
        from airflow.serialization.serde import deserialize as deserializer
    return deserializer(value)
