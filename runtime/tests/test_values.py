from __future__ import annotations

import json
import math
import random
import string
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from airlock_runtime.wire.values import NotDecodable, NotEncodable, decode, encode

ZONE = timezone(timedelta(hours=5, minutes=30))


def scalar(rest: random.Random) -> Any:
    return rest.choice(
        [
            lambda: None,
            lambda: rest.random() < 0.5,
            lambda: rest.randint(-(2**70), 2**70),
            lambda: rest.randint(-9, 9),
            lambda: rest.uniform(-1e9, 1e9),
            lambda: float(rest.randint(-5, 5)),
            lambda: rest.choice([math.inf, -math.inf]),
            lambda: "".join(rest.choice(string.printable + "ü$\U0001f600\ud800") for _ in range(rest.randint(0, 6))),
            lambda: rest.randbytes(rest.randint(0, 8)),
            lambda: Decimal(rest.randint(-999, 999)) / 8,
            lambda: time(rest.randint(0, 23), rest.randint(0, 59), 0, rest.randint(0, 10**6 - 1)),
            lambda: date.fromordinal(rest.randint(1, 10**6)),
            lambda: datetime.fromtimestamp(rest.randint(0, 2**31), rest.choice([None, timezone.utc, ZONE])),
            lambda: timedelta(microseconds=rest.randint(-(10**12), 10**12)),
        ]
    )()


def anything(rest: random.Random, depth: int = 3) -> Any:
    if depth == 0 or rest.random() < 0.3:
        return scalar(rest)
    parts = [anything(rest, depth - 1) for _ in range(rest.randint(0, 4))]
    kind = rest.choice([list, tuple, dict, "keyed", set, frozenset])
    if kind is dict:
        return {rest.choice(["a", "$", "$tuple", "b c", ""]) + str(n): part for n, part in enumerate(parts)}
    if kind == "keyed":
        return {scalar(rest): part for part in parts}
    if kind in (set, frozenset):
        return kind(scalar(rest) for _ in parts)
    return kind(parts)


@pytest.mark.parametrize("seed", range(300))
def test_any_value_comes_back_equal_and_of_its_type(seed: int) -> None:
    value = anything(random.Random(seed))
    back = decode(json.loads(json.dumps(encode(value), allow_nan=False)))
    assert back == value
    assert repr(back) == repr(value) or isinstance(value, (set, frozenset, dict, list, tuple))


def test_numbers_survive_a_json_of_doubles() -> None:
    value = [1.0, 2**53 + 1, -0.0, 0.1]
    as_javascript_has_it = json.loads(json.dumps(encode(value)), parse_int=lambda text: int(float(text)))
    assert repr(decode(as_javascript_has_it)) == repr(value)


def test_not_a_number_comes_back() -> None:
    assert math.isnan(decode(encode(math.nan)))


def test_a_zone_keeps_its_name() -> None:
    moment = datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Madrid"))
    back = decode(encode(moment))
    assert back == moment
    assert (back + timedelta(days=180)).utcoffset() == timedelta(hours=1)


def test_a_zone_that_is_not_known_here_leaves_the_moment_right() -> None:
    back = decode({"$datetime": "2024-07-01T12:00:00+02:00", "$zone": "No/Where"})
    assert back == datetime(2024, 7, 1, 10, tzinfo=timezone.utc)


def test_subclasses_become_what_they_stand_for() -> None:
    class Rule(str, Enum):
        ALL = "all_success"

    class Text(str):
        pass

    assert encode([Rule.ALL, Text("x")]) == ["all_success", "x"]


def test_what_has_no_form_says_where_it_stands() -> None:
    with pytest.raises(NotEncodable, match=r"\['rows'\]\[1\] is a builtins\.object"):
        encode({"rows": [1, object()]})


def test_a_value_that_holds_itself_is_told_as_such() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotEncodable, match="holds itself"):
        encode(value)


def test_an_unknown_tag_is_told() -> None:
    with pytest.raises(NotDecodable, match=r"\$later"):
        decode([{"$later": 1}])
