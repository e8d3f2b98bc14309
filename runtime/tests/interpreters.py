"""The other Pythons of the image that the tests run in, and functions in them without Airflow."""

from __future__ import annotations

import shutil
import sys
import textwrap
from pathlib import Path
from typing import Any, Callable

import pytest

from airlock_runtime.runner.other_python.function import OtherPython
from airlock_runtime.runner.other_python.process import Interpreter
from airlock_runtime.wire.outcome import Failure, failed

INTERPRETERS = [sys.executable, *filter(None, [shutil.which("python2.7")])]
"""Its own once more, and python2.7 where Debian still has it."""

each_python = pytest.mark.parametrize("python", INTERPRETERS, ids=[Path(path).name for path in INTERPRETERS])

FILE = "/opt/airflow/dags/dag.py"
PLACE = (FILE, 99)


def is_python2(python: str) -> bool:
    return python.endswith("python2.7")


def function_of(python: str, source: str, modules: dict[str, dict[str, Any]] | None = None, **described: Any) -> Any:
    """The function `f` of that source, or one by its name, in another Python."""
    more = {"module": "dag", "qualname": "f", **described}
    if source:
        more.update(file=FILE, source=textwrap.dedent(source))
    return OtherPython(Interpreter(python, PLACE), modules or {}).function(more)


def failure_of(call: Callable[[], Any]) -> dict[str, Any]:
    """How the outcome tells what a call raises."""
    with pytest.raises(Failure) as raised:
        call()
    error = failed(raised.value, "runner").error
    assert error is not None
    return error
