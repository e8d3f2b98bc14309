"""Values as tagged JSON and back, as `wire/values.py` has them, in words that Python 2.7 knows too.

Contract: in Python 2 text that arrives is a `str` where it is ASCII, as what stands in quotes is there, else
`unicode`; a `str` that leaves is text where it is UTF-8, else bytes.
"""

from __future__ import absolute_import, division, print_function

import base64
import datetime
import decimal
import re
import sys

from .zones import moment, zone_name

PY2 = sys.version_info[0] == 2
text = type(b"".decode("ascii"))  # `unicode` in Python 2
_INTEGERS = (int, type(2**64))  # Python 2 has two kinds
_EXACT = 2**53 - 1
_SURROGATE = re.compile(b"\xed[\xa0-\xbf]")
"""Half of a character: no UTF-8, though Python 2 reads it."""


class NotEncodable(Exception):
    """A value that has no neutral form; `path` is where it stands, `reason` what it is."""

    def __init__(self, path, reason):
        Exception.__init__(self, "%s is %s" % (path or "the value", reason))
        self.path = path
        self.reason = reason


def native(value):
    """Text as this Python's `str`, where that can hold it."""
    try:
        return value.encode("ascii") if PY2 else value
    except UnicodeEncodeError:
        return value


def from_native(value):
    """Text where a `str` of this Python is text, else bytes."""
    if isinstance(value, text) or not PY2 or _SURROGATE.search(value):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value


def encode(value):
    """:raises NotEncodable: naming where in the value stands what cannot leave"""
    try:
        return _encode(value, "")
    except RuntimeError as error:  # RecursionError, in later Pythons
        if "recursion" not in str(error):
            raise
        raise NotEncodable("", "nested too deeply, or holds itself")


def _encode(value, path):
    if isinstance(value, str):
        value = from_native(value)
    if value is None or isinstance(value, (bool, text)):
        return value
    if isinstance(value, _INTEGERS):
        return int(value) if abs(value) <= _EXACT else {"$int": "%d" % value}
    if isinstance(value, float):
        real = float(value)
        # Infinity less itself is no number, and no number equals itself.
        return real if real - real == 0 and real != int(real) else {"$float": repr(real)}
    if isinstance(value, dict):
        return _encode_dict(value, path)
    if isinstance(value, list):
        return _encode_all(value, path)
    for kind, tag in ((tuple, "$tuple"), (set, "$set"), (frozenset, "$frozenset")):
        if isinstance(value, kind):
            return {tag: _encode_all(value, path)}
    return _encode_scalar(value, path)


def _encode_all(values, path):
    return [_encode(value, "%s[%d]" % (path, index)) for index, value in enumerate(values)]


def _encode_dict(value, path):
    keys = [from_native(key) if isinstance(key, str) else key for key in value]
    if all(isinstance(key, text) and not key.startswith("$") for key in keys):
        return {from_native(key): _encode(part, "%s[%r]" % (path, key)) for key, part in value.items()}
    within = "a key of %s" % (path or "it")
    return {"$dict": [[_encode(key, within), _encode(part, "%s[%r]" % (path, key))] for key, part in value.items()]}


def _encode_scalar(value, path):
    if isinstance(value, datetime.datetime):
        zone = zone_name(value.tzinfo)
        return {"$datetime": value.isoformat(), "$zone": zone} if zone else {"$datetime": value.isoformat()}
    for kind, tag in ((datetime.date, "$date"), (datetime.time, "$time")):
        if isinstance(value, kind):
            return {tag: value.isoformat()}
    if isinstance(value, datetime.timedelta):
        return {"$timedelta": value.total_seconds()}
    if isinstance(value, decimal.Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(bytes(value)).decode("ascii")}
    kind = type(value)
    name = "%s.%s" % (kind.__module__, getattr(kind, "__qualname__", kind.__name__))
    raise NotEncodable(path, "a %s, which has no form outside of its own process" % name)


def decode(value, special):
    """:param special: what makes the value of a tag that this module does not know"""
    if isinstance(value, text):
        return native(value)
    if isinstance(value, list):
        return [decode(part, special) for part in value]
    if not isinstance(value, dict):
        return value
    tag = next((key for key in value if key.startswith("$")), None)
    if tag is None:
        return {native(key): decode(part, special) for key, part in value.items()}
    if tag in special:
        return special[tag](value[tag])
    if tag in _CONTAINERS:
        return _CONTAINERS[tag](decode(part, special) for part in value[tag])
    if tag == "$dict":
        return {decode(key, special): decode(part, special) for key, part in value["$dict"]}
    if tag in ("$datetime", "$zone"):
        return moment(value["$datetime"], native(value.get("$zone") or "") or None)
    return _SCALARS[tag](value[tag])  # type: ignore[operator]


_CONTAINERS = {"$tuple": tuple, "$set": set, "$frozenset": frozenset}
_SCALARS = {
    "$date": lambda iso: moment(iso + "T00:00:00").date(),
    "$time": lambda iso: moment("2000-01-01T" + iso).timetz(),
    "$timedelta": lambda seconds: datetime.timedelta(seconds=seconds),
    "$bytes": base64.b64decode,
    "$decimal": decimal.Decimal,
    "$float": float,
    "$int": int,
}
