"""Python values as tagged JSON that names no Airflow class, so that parent and child may differ in version.

Contract: standard library only, Airflow is never imported. Plain JSON stands for itself; what JSON lacks is an object
with one key that begins with `$`:

    $datetime iso ($zone beside it: its IANA name; $pendulum: "datetime", or "zone" where that alone is pendulum's)
    $date iso   $time iso   $timedelta seconds
    $tuple, $set, $frozenset [...]
    $bytes base64   $decimal "1.0"   $float "nan", "inf", "-inf", "1.0" (JSON of other languages loses the point)
    $int "9007199254740993" (beyond what a double holds)
    $dict [[key, value]...] for keys that are not strings, or begin with `$`

Others ($xcom, $callable, $partial, $literal) belong to who encodes and decodes: `special`.
"""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, Callable, Mapping

_EXACT_INT = 2**53 - 1


@dataclass(frozen=True)
class Literal:
    """A value that has been resolved already: where it arrives, it is not rendered."""

    value: Any


class NotEncodable(Exception):
    """A value that has no neutral form.

    :param path: where it stands, such as `["rows"][0]`
    :param reason: what it is
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or 'the value'} is {reason}")
        self.path = path
        self.reason = reason


Special = Callable[[Any, str], Any]
"""Encodes what this module does not know, given its path; raises `NotEncodable`."""


def unknown(value: Any, path: str) -> Any:
    """The `special` that knows nothing."""
    kind = type(value)
    raise NotEncodable(path, f"a {kind.__module__}.{kind.__qualname__}, which has no form outside of its own process")


def encode(value: Any, special: Special = unknown) -> Any:
    """A Python value as tagged JSON.

    :raises NotEncodable: for what has none, naming where in the value it stands
    """
    try:
        return _encode(value, special, "")
    except RecursionError:
        raise NotEncodable("", "nested too deeply, or holds itself") from None


def _encode(value: Any, special: Special, path: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)  # what an Enum of strings stands for, and no subclass
    if isinstance(value, int):
        number = int(value)
        return number if abs(number) <= _EXACT_INT else {"$int": str(number)}
    if isinstance(value, float):
        real = float(value)
        return real if math.isfinite(real) and not real.is_integer() else {"$float": repr(real)}
    if isinstance(value, dict):
        return _encode_dict(value, special, path)
    if isinstance(value, list):
        return _encode_all(value, special, path)
    for kind, tag in ((tuple, "$tuple"), (set, "$set"), (frozenset, "$frozenset")):
        if isinstance(value, kind):
            return {tag: _encode_all(value, special, path)}
    return _encode_scalar(value, special, path)


def _encode_scalar(value: Any, special: Special, path: str) -> Any:
    if isinstance(value, datetime):
        zone = getattr(value.tzinfo, "key", None) or getattr(value.tzinfo, "name", None)
        named = isinstance(zone, str) and zone != "UTC" and value.tzinfo is not timezone.utc
        return {"$datetime": value.isoformat(), **({"$zone": zone} if named else {}), **_of_pendulum(value)}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, time):
        return {"$time": value.isoformat()}
    if isinstance(value, timedelta):
        return {"$timedelta": value.total_seconds()}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    return special(value, path)


def _of_pendulum(value: datetime) -> dict[str, str]:
    """What of it is pendulum's, as Airflow's dates are: all, or the zone of a plain one that was an XCom."""
    for what, part in (("datetime", value), ("zone", value.tzinfo)):
        if type(part).__module__.partition(".")[0] == "pendulum":
            return {"$pendulum": what}
    return {}


def _encode_all(values: Any, special: Special, path: str) -> list[Any]:
    return [_encode(value, special, f"{path}[{index}]") for index, value in enumerate(values)]


def _encode_dict(value: dict[Any, Any], special: Special, path: str) -> Any:
    if all(isinstance(key, str) and not key.startswith("$") for key in value):
        return {str.__str__(key): _encode(part, special, f"{path}[{str(key)!r}]") for key, part in value.items()}
    return {
        "$dict": [
            [_encode(key, special, f"a key of {path or 'it'}"), _encode(part, special, f"{path}[{key!r}]")]
            for key, part in value.items()
        ]
    }


class NotDecodable(Exception):
    """Tagged JSON with a tag that nobody here knows."""


def decode(value: Any, special: Mapping[str, Callable[[Any], Any]] | None = None) -> Any:
    """The Python value of tagged JSON.

    :param special: what makes the value of a tag that this module does not know
    :raises NotDecodable: for an unknown tag
    """
    if isinstance(value, list):
        return [decode(part, special) for part in value]
    if not isinstance(value, dict):
        return value
    tag = next((key for key in value if key.startswith("$")), None)
    if tag is None:
        return {key: decode(part, special) for key, part in value.items()}
    return _decode_tagged(tag, value, special or {})


def _decode_tagged(tag: str, value: dict[str, Any], special: Mapping[str, Callable[[Any], Any]]) -> Any:
    content = value[tag]
    if tag in special:
        return special[tag](content)
    if "$datetime" in value:
        moment = _in_zone(datetime.fromisoformat(value["$datetime"]), value.get("$zone"))
        return _by_pendulum(moment, value["$pendulum"]) if "$pendulum" in value else moment
    if tag in _CONTAINERS:
        return _CONTAINERS[tag](decode(part, special) for part in content)
    if tag == "$dict":
        return {decode(key, special): decode(part, special) for key, part in content}
    if tag in _SCALARS:
        return _SCALARS[tag](content)
    raise NotDecodable(f"Airlock's runner does not know values of the kind {tag}")


def _in_zone(moment: datetime, zone: str | None) -> datetime:
    if not zone:
        return moment
    try:
        from zoneinfo import ZoneInfo

        return moment.astimezone(ZoneInfo(zone))
    except Exception:  # no such zone, or no zone data in this image: the moment itself is right
        return moment


def _by_pendulum(moment: datetime, what: str) -> datetime:
    try:
        import pendulum
    except ImportError:  # a plain one is as right
        return moment
    made: datetime = pendulum.instance(moment, tz=None)
    return made if what == "datetime" else moment.replace(tzinfo=made.tzinfo)


_CONTAINERS: dict[str, Callable[[Any], Any]] = {"$tuple": tuple, "$set": set, "$frozenset": frozenset}
_SCALARS: dict[str, Callable[[Any], Any]] = {
    "$date": date.fromisoformat,
    "$time": time.fromisoformat,
    "$timedelta": lambda seconds: timedelta(seconds=seconds),
    "$bytes": base64.b64decode,
    "$decimal": Decimal,
    "$float": float,
    "$int": int,
}
