"""Finds the files of Airflow's modules on Python's path, without importing anything."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from typing import Iterator

_HOLDERS = frozenset(
    {"operators", "operator", "sensors", "sensor", "transfers", "bases", "baseoperator", "abstractoperator"}
)
"""A folder or a file of one of these names may hold operators that users name."""


class Files:
    """
    :param path: folders to look in, Python's own path by default
    """

    def __init__(self, path: list[str] | None = None) -> None:
        folders = sys.path if path is None else path
        self._roots = [f for f in dict.fromkeys(folders) if os.path.isdir(os.path.join(f, "airflow"))]
        self.find = lru_cache(maxsize=None)(self._find)

    def _find(self, module: str) -> str | None:
        """The file of a module or package; None where there is none."""
        stem = module.replace(".", os.sep)
        for root in self._roots:
            for name in (f"{stem}.py", os.path.join(stem, "__init__.py")):
                path = os.path.join(root, name)
                if os.path.isfile(path):
                    return path
        return None

    def holders(self) -> Iterator[tuple[str, str]]:
        """The modules that may hold operators, with their files."""
        for root in self._roots:
            for folder, folders, files in os.walk(os.path.join(root, "airflow")):
                folders[:] = sorted(f for f in folders if f not in ("__pycache__", "tests", "node_modules", "ui"))
                for file in sorted(files):
                    path = os.path.join(folder, file)
                    module = _module_name(os.path.relpath(path, root))
                    if file.endswith(".py") and _may_hold(module):
                        yield module, path


def _module_name(relative: str) -> str:
    parts = relative[: -len(".py")].split(os.sep)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _may_hold(module: str) -> bool:
    parts = module.split(".")
    return not _HOLDERS.isdisjoint(parts) and "example_dags" not in parts
