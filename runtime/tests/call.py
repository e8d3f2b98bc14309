"""Calls a task's `python_callable` where neither its DAG file nor Airflow is: task in, result out, as JSON."""

from __future__ import annotations

import importlib
import json
import sys

from airlock_runtime.runner import sent_modules
from airlock_runtime.wire.callables import revive_callable, revive_partial
from airlock_runtime.wire.values import decode, encode


def revive(value: object) -> object:
    tags = {
        "$callable": lambda described: revive_callable(described, revive),
        "$partial": lambda described: revive_partial(described, revive),
        "$module": importlib.import_module,
    }
    return decode(value, tags)


task = json.load(sys.stdin)
sent_modules.install(task["modules"])
function = revive(task["kwargs"]["python_callable"])
print(json.dumps(encode(function())))  # type: ignore[operator]
