"""The project's own modules that callables import: they travel along, so that the image need not have them.

Contract: found and read, never imported; what is installed (the standard library, site-packages) stays behind.
"""

from __future__ import annotations

import ast
import importlib.machinery
import os
import sys
import tokenize
from typing import Any, Iterable

from airlock_runtime.wire.outcome import Failure, is_of_the_user

LIMIT = 8 * 1024 * 1024
"""The most bytes of source that travel with one task, half of what a frame holds."""


class ProjectModules:
    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any] | None] = {}
        self._size = 0

    def described(self) -> dict[str, dict[str, Any]]:
        """The modules by name."""
        return {name: module for name, module in sorted(self._found.items()) if module is not None}

    def add(self, name: str) -> bool:
        """Adds a module, its packages and all that they import.

        :returns: whether it is the project's
        :raises Failure: `too_large`
        """
        if name in self._found:
            return self._found[name] is not None
        self._found[name] = None
        if name.partition(".")[0] == "airlock_runtime":  # the runner brings its own
            return False
        package, _, _ = name.rpartition(".")
        if package and not self.add(package):
            return False
        spec = _find(name)
        if spec is None or not _of_the_project(spec):
            return False
        is_package = spec.submodule_search_locations is not None
        source = _read(spec.origin) if spec.has_location else ""
        self._size += len(source)
        if self._size > LIMIT:
            raise Failure("too_large", f"The project's modules are over {LIMIT // 2**20} MiB with {name}")
        self._found[name] = {"path": _relative(spec), "source": source, "package": is_package}
        self._add_imports_of(source, name if is_package else package)
        return True

    def add_imports(self, nodes: Iterable[ast.AST], package: str = "") -> None:
        """Adds what the statements import, at any depth."""
        for node in (part for top in nodes for part in ast.walk(top)):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.add(alias.name)
            elif isinstance(node, ast.ImportFrom):
                base = _absolute(node, package)
                if base and self.add(base):
                    for alias in node.names:
                        self.add(f"{base}.{alias.name}")

    def _add_imports_of(self, source: str, package: str) -> None:
        try:
            tree = ast.parse(source)
        except SyntaxError:  # it fails where it is imported, with its own file and line
            return
        self.add_imports([tree], package)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _find(name: str) -> importlib.machinery.ModuleSpec | None:
    package, _, _ = name.rpartition(".")
    path = None
    if package:
        parent = _find(package)
        if parent is None or parent.submodule_search_locations is None:
            return None
        path = list(parent.submodule_search_locations)
    if name in sys.builtin_module_names:
        return None
    return importlib.machinery.PathFinder.find_spec(name, path)


def _of_the_project(spec: importlib.machinery.ModuleSpec) -> bool:
    if spec.has_location and spec.origin:
        return spec.origin.endswith(".py") and is_of_the_user(spec.origin)
    folders = list(spec.submodule_search_locations or ())  # a namespace package
    return bool(folders) and all(is_of_the_user(os.path.join(folder, "")) for folder in folders)


def _read(path: str | None) -> str:
    with tokenize.open(str(path)) as file:
        return file.read()


def _relative(spec: importlib.machinery.ModuleSpec) -> str:
    """Below Airflow's home, where the project is in every image; elsewhere as it is."""
    path = spec.origin if spec.has_location and spec.origin else next(iter(spec.submodule_search_locations or ("",)))
    home = os.path.join(os.environ.get("AIRFLOW_HOME", ""), "")
    return path[len(home) :] if home and path.startswith(home) else path
