"""Values and callables on their way to another interpreter and back, without Airflow."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from interpreters import INTERPRETERS, each_python, failure_of, function_of, is_python2
from test_values import anything

from airlock_runtime.airflow.versions import airflow_generation
from airlock_runtime.wire.values import encode


def test_the_image_of_airflow_2_has_a_python2() -> None:
    assert (airflow_generation() == 2) == any(map(is_python2, INTERPRETERS))


def as_python2_has_it(value: Any) -> Any:
    """Bytes that are UTF-8 are text there."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    if isinstance(value, dict):
        return {as_python2_has_it(key): as_python2_has_it(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(as_python2_has_it(part) for part in value)
    return value


def canonical(value: Any) -> Any:
    """The neutral form, which tells all types apart, with what has no order sorted."""
    if isinstance(value, dict):
        value = {tag: canonical(part) for tag, part in value.items()}
        unordered = value.keys() & {"$set", "$frozenset", "$dict"}
        return {tag: sorted(value[tag], key=json.dumps) for tag in unordered} or value
    return [canonical(part) for part in value] if isinstance(value, list) else value


@each_python
@pytest.mark.parametrize("seed", range(10))
def test_any_values_come_back_equal_and_of_their_types(python: str, seed: int) -> None:
    rest = random.Random(seed)
    values = [anything(rest) for _ in range(200)]
    back = function_of(python, "def f(*values): return list(values)")(*values)
    for value, returned in zip(values, back):
        expected = as_python2_has_it(value) if is_python2(python) else value
        assert canonical(encode(returned)) == canonical(encode(expected))
    assert len(back) == 200


@each_python
def test_moments_arrive_as_such_and_zones_survive(python: str) -> None:
    source = """
    import datetime
    def f(moment, naive):
        later = moment + datetime.timedelta(days=1)
        return moment, moment.isoformat(), later.utcoffset(), naive.tzinfo, str(moment.tzinfo or "none") != "none"
    """
    madrid = datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Madrid"))
    moment, *told = function_of(python, source)(madrid, datetime(2024, 1, 1))
    assert (moment, moment.tzinfo) == (madrid, madrid.tzinfo)
    assert told == ["2024-07-01T12:00:00+02:00", timedelta(hours=2), None, True]


@each_python
def test_an_offset_with_seconds_is_the_same_moment(python: str) -> None:
    moment = datetime(1890, 1, 1, tzinfo=timezone(timedelta(minutes=53, seconds=28)))
    assert function_of(python, "def f(moment): return moment")(moment) == moment


def test_text_is_what_python_2_calls_text() -> None:
    source = """
    # text that both read
    def f(*values):
        return [type(value).__name__ for value in values] + ["\u00fc", b"\\xff", u"\u00fc", b"abc", 2**70, "\u00fc".upper(), b"\\xed\\xa0\\x80"]
    """
    expected = {
        True: ["str", "unicode", "str", "ü", b"\xff", "ü", "abc", 2**70, "ü", b"\xed\xa0\x80"],
        False: ["str", "str", "bytes", "ü", b"\xff", "ü", b"abc", 2**70, "Ü", b"\xed\xa0\x80"],
    }
    for python in INTERPRETERS:
        assert function_of(python, source)("abc", "ü", b"abc") == expected[is_python2(python)]


@each_python
def test_a_future_import_says_how_the_source_is_read(python: str) -> None:
    source = "from __future__ import division, unicode_literals\ndef f(): return [1 / 2, type('').__name__]"
    assert function_of(python, source)() == [0.5, "unicode" if is_python2(python) else "str"]


@each_python
def test_a_result_that_cannot_leave_is_named_with_its_place(python: str) -> None:
    error = failure_of(function_of(python, "class C(object): pass\ndef f(): return {'rows': [1, C()]}"))
    assert error["code"] == "xcom_not_serializable"
    assert "['rows'][1] is a dag_dag_1.C" in error["message"].replace("dag.C", "dag_dag_1.C")


@each_python
def test_a_result_that_holds_itself_is_told_as_such(python: str) -> None:
    error = failure_of(function_of(python, "def f():\n    loop = []\n    loop.append(loop)\n    return loop"))
    assert (error["code"], "holds itself" in error["message"]) == ("xcom_not_serializable", True)


@each_python
def test_a_result_over_the_limit_names_the_limit(python: str) -> None:
    error = failure_of(function_of(python, "def f(): return 'x' * (17 * 1024 * 1024)"))
    assert (error["code"], "16 MiB" in error["message"]) == ("too_large", True)


@each_python
def test_large_arguments_and_results_do_not_block(python: str) -> None:
    text = "ab" * (4 * 1024 * 1024)
    assert function_of(python, "def f(text): return text")(text) == text


@each_python
def test_functions_are_handed_over_as_functions(python: str) -> None:
    call = function_of(python, "def f(g, *args): return g(*args)")
    add = function_of(python, "def f(a, b=10): return a + b", globals={}, defaults={"$tuple": [5]})
    assert call(add, 1) == 6
    assert call(partial(add, 1), 2) == 3
    assert partial(call, add)(1, 2) == 3


@each_python
def test_globals_come_along(python: str) -> None:
    values = {"n": 2, "os": {"$module": "os.path"}, "g": {"$callable": {"module": "builtins", "qualname": "len"}}}
    values["h"] = {"$partial": {"func": values["g"], "args": ["abcd"], "keywords": {}}}
    function = function_of(python, "def f(): return [n, os.basename('/x/y'), g('abc'), h()]", globals=values)
    assert function() == [2, "y", 3, 4]


@each_python
@pytest.mark.parametrize(
    ("source", "qualname", "expected"),
    [
        ("def f(ds, ti, limit=1, *rest, **context): pass", "f", "(ds, ti, limit=Ellipsis, *rest, **context)"),
        ("f = lambda a, b=1: a", "f", "(a, b=Ellipsis)"),
        ("if 1:\n    def f(a): pass\nelse:\n    def f(b): pass", "f", "(b)"),
        ("class H(object):\n    @staticmethod\n    def run(ds): pass", "H.run", "(ds)"),
        ("class H(object):\n    @classmethod\n    def run(cls, ds): pass", "H.run", "(ds)"),
        # What the source itself does not show is asked for there.
        ("class H(object):\n    @classmethod\n    def run(cls, ds): pass\nclass Sub(H): pass", "Sub.run", "(ds)"),
        ("class H(object):\n    def __init__(self, ds, n=1): pass", "H", "(ds, n=Ellipsis)"),
        ("class H(object):\n    def __call__(self, ds): pass\nf = H()", "f", "(ds)"),
        ("def g(ds, *a, **k): pass\nf = g", "f", "(ds, *a, **k)"),
    ],
)
def test_signatures_are_the_functions_own(python: str, source: str, qualname: str, expected: str) -> None:
    function = function_of(python, source, qualname=qualname)
    assert str(function.__signature__) == expected
    assert function.__name__ == qualname.rpartition(".")[2]


def test_the_source_is_not_run_for_its_signature() -> None:
    function = function_of("/bin/false", "raise SystemExit('run')\ndef f(a, *, b=1): pass")
    assert str(function.__signature__) == "(a, *, b=Ellipsis)"


@each_python
def test_a_function_by_name_of_the_other_pythons_own(python: str) -> None:
    function = function_of(python, "", module="posixpath", qualname="basename")
    assert list(function.__signature__.parameters) == ["p"]
    assert function("/x/y") == "y"


MODULES = {
    "include": {"path": "include/__init__.py", "source": "", "package": True},
    "include.stats": {
        "path": "include/stats.py",
        "source": "# coding: latin-1\nfrom .deeper import name\nTEXT = '\u00fc'\ndef mean(ds, n=1):\n    return [name(), TEXT, ds]\n",
        "package": False,
    },
    "include.deeper": {"path": "include/deeper.py", "source": "def name(): return 'deeper'\n", "package": False},
    "spaces": {"path": "spaces", "source": "", "package": True},
}


@each_python
def test_a_function_of_a_sent_module_and_its_neighbours(
    python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("include/other.py", "include/deeper.py", "spaces/inner.py", "beside.py"):
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text("NAME = 'of the image'\ndef name(): return 'of the image'\n")
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    function = function_of(python, "", MODULES, module="include.stats", qualname="mean")
    assert str(function.__signature__) == "(ds, n=Ellipsis)"
    assert function("today") == ["deeper", "ü", "today"]
    source = """
    import include.other, include.stats, spaces.inner, beside
    def f():
        return [include.other.NAME, spaces.inner.NAME, beside.NAME, include.stats.__file__, include.__path__]
    """
    image = "of the image"
    files = [str(tmp_path / "include" / "stats.py"), [str(tmp_path / "include")]]
    assert function_of(python, source, MODULES)() == [image, image, image, *files]


@each_python
def test_nothing_in_the_working_directory_stands_in_for_the_standard_library(
    python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('mine')\n")
    monkeypatch.chdir(tmp_path)
    assert function_of(python, "import json\ndef f(): return json.loads('1')")() == 1
