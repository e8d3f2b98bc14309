"""Hides modules of the tests' image, as if they were not installed: their names in AIRLOCK_TEST_HIDDEN, by space."""

from __future__ import annotations

import importlib.abc
import os
import sys
from typing import Any

HIDDEN = os.environ.get("AIRLOCK_TEST_HIDDEN", "").split()


class Hider(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        if any(f"{name}.".startswith(f"{hidden}.") for hidden in HIDDEN):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


if HIDDEN:
    sys.meta_path.insert(0, Hider())
