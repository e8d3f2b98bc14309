"""Moments with an offset or a zone, which Python 2.7 has no classes for."""

from __future__ import absolute_import, division, print_function

import datetime
import re
import sys

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?"
    r"(?:(Z)|([+-])(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?$"
)


class Offset(datetime.tzinfo):
    """A fixed offset; `key` is the name of the zone that it was taken from, where it has one."""

    def __init__(self, offset, key=None):
        self._offset = offset
        self.key = key

    def __getinitargs__(self):  # how `datetime.tzinfo` is copied and pickled
        return self._offset, self.key

    def __repr__(self):
        return "Offset(%r, %r)" % (self._offset, self.key)

    def utcoffset(self, dt):
        return self._offset

    def dst(self, dt):
        return datetime.timedelta(0)

    def tzname(self, dt):
        return self.key or ("UTC" if not self._offset else None)


def moment(iso, zone=None):
    """The datetime of an ISO text; in its zone where this Python knows that, else with the offset that it has there."""
    match = _ISO.match(iso)
    if match is None:
        raise ValueError("%r is no ISO date-time" % iso)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    naive = datetime.datetime(year, month, day, hour, minute, second, _micros(match.group(7)))
    offset = _offset(*match.groups()[7:])
    if offset is None:
        return naive
    if offset.total_seconds() % 60 and sys.version_info < (3, 7):  # a town's mean time of 1900, refused before 3.7
        naive, offset = naive - offset, datetime.timedelta(0)
    known = _zone(zone) if zone else None
    if known is not None:
        return naive.replace(tzinfo=Offset(offset)).astimezone(known)
    if zone or not hasattr(datetime, "timezone"):
        return naive.replace(tzinfo=Offset(offset, zone))
    return naive.replace(tzinfo=datetime.timezone(offset))


def zone_name(tzinfo):
    """The IANA name of a zone of zoneinfo, pendulum, pytz or here; None for UTC and fixed offsets."""
    names = [getattr(tzinfo, attribute, None) for attribute in ("key", "name", "zone")]
    return next((name for name in names if isinstance(name, str) and name != "UTC"), None)


def _offset(utc, sign, hours, minutes, seconds, fraction):
    if utc:
        return datetime.timedelta(0)
    if not sign:
        return None
    clock = {"hours": int(hours), "minutes": int(minutes), "seconds": int(seconds or 0)}
    offset = datetime.timedelta(microseconds=_micros(fraction), **clock)
    return -offset if sign == "-" else offset


def _zone(name):
    try:
        from zoneinfo import ZoneInfo

        return ZoneInfo(name)
    except Exception:  # before Python 3.9, or no such zone here
        return None


def _micros(fraction):
    return int((fraction or "0").ljust(6, "0"))
