"""Calls a task's `python_callable` where neither its DAG file nor Airflow is: task in, result out, as JSON.

With an argument it calls it in that interpreter.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

from airlock_runtime.runner import sent_modules
from airlock_runtime.runner.other_python.function import OtherPython
from airlock_runtime.runner.other_python.process import Interpreter
from airlock_runtime.wire.callables import revive_callable, revive_partial
from airlock_runtime.wire.values import decode, encode

task = json.load(sys.stdin)


def revived(described: Any) -> Any:
    if sys.argv[1:]:
        return OtherPython(Interpreter(sys.argv[1], None), task["modules"]).function(described)
    return revive_callable(described, revive)


def revive(value: object) -> Any:
    tags = {
        "$callable": revived,
        "$partial": lambda described: revive_partial(described, revive),
        "$module": importlib.import_module,
    }
    return decode(value, tags)


sent_modules.install(task["modules"])
print(json.dumps(encode(revive(task["kwargs"]["python_callable"])())))
