"""Stands in for the modules that other dialects of IsolatedOperator are imported from, where they are not installed.

Contract: what the image or the project has goes first. The names are those of `apache-airflow-providers-isolation`
1.0.1 and of a copy that projects carry as `include/isolation.py`, where that folder is; both take what Airlock's
operator takes.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType
from typing import Any

_MODULES = ("isolation.operators.isolation", "include.isolation")
_PACKAGES = ("isolation", "isolation.operators")


def know_dialects() -> None:
    """From now on a DAG file that imports one of them gets Airlock's operator."""
    if not any(isinstance(finder, _Dialects) for finder in sys.meta_path):
        sys.meta_path.append(_Dialects())


class _Dialects(MetaPathFinder, Loader):
    """Asked when nobody else knows a module."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname not in _MODULES and fullname not in _PACKAGES:
            return None
        return spec_from_loader(fullname, self, origin="<airlock>", is_package=fullname in _PACKAGES)

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ in _MODULES:
            from airlock_runtime import IsolatedOperator

            module.IsolatedOperator = IsolatedOperator  # type: ignore[attr-defined]
