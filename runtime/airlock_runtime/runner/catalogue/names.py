"""Follows a name through imports, re-exports and lazy maps to the class that it means.

Contract: files are parsed when a name leads there, each once; what cannot be read is a problem in a list, never an end.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Iterator

from airlock_runtime.airflow.versions import airflow_release
from airlock_runtime.runner.catalogue.files import Files
from airlock_runtime.runner.catalogue.scope import Imported, Meaning, Scope, read_scope


@dataclass(frozen=True)
class Found:
    """A class and the module that defines it."""

    scope: Scope
    node: ast.ClassDef

    @property
    def qualified(self) -> str:
        return f"{self.scope.module}.{self.node.name}"


class Names:
    def __init__(self, files: Files) -> None:
        self._files = files
        self._airflow = airflow_release()
        self._scopes: dict[str, Scope | None] = {}
        self._resolved: dict[tuple[str, str], Found | None] = {}
        self.problems: list[dict[str, str]] = []

    def scope(self, module: str) -> Scope | None:
        """The names of a module; None where it is not in this image."""
        if module not in self._scopes:
            file = self._files.find(module)
            self._scopes[module] = None if file is None else self._read(module, file)
        return self._scopes[module]

    def _read(self, module: str, file: str) -> Scope | None:
        try:
            return read_scope(module, file, self._airflow)
        except (OSError, SyntaxError, ValueError, RecursionError) as error:
            self.problems.append({"file": file, "message": str(error)})
            return None

    def find(self, module: str, name: str) -> Found | None:
        """The class that `name` of `module` means."""
        key = (module, name)
        if key not in self._resolved:
            self._resolved[key] = None  # a circle of imports leads nowhere
            self._resolved[key] = self._find(module, name)
        return self._resolved[key]

    def _find(self, module: str, name: str) -> Found | None:
        scope = self.scope(module)
        if scope is None:
            return self._find_deprecated(module, name)
        for meaning in scope.names.get(name, ()):
            found = self._follow(scope, meaning)
            if found is not None:
                return found
        return None

    def _find_deprecated(self, module: str, name: str) -> Found | None:
        package = self.scope(module.rpartition(".")[0]) if "." in module else None
        target = package.submodules.get(module, {}).get(name) if package else None
        return None if target is None else self.find(*_split(target))

    def _follow(self, scope: Scope, meaning: Meaning) -> Found | None:
        if isinstance(meaning, ast.ClassDef):
            return Found(scope, meaning)
        if isinstance(meaning, Imported):
            return self.find(meaning.module, meaning.name) if meaning.name else None
        if isinstance(meaning, (ast.Name, ast.Attribute)):
            return self.find_expression(scope, meaning)
        return None

    def find_expression(self, scope: Scope, node: ast.expr) -> Found | None:
        """The class that a base such as `Base`, `module.Base` or `Base[Hook]` means."""
        if isinstance(node, ast.Subscript):
            return self.find_expression(scope, node.value)
        if isinstance(node, ast.Name):
            return self.find(scope.module, node.id)
        if isinstance(node, ast.Attribute):
            module = self._module_of(scope, node.value)
            return self.find(module, node.attr) if module else None
        return None

    def _module_of(self, scope: Scope, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            imported = (m for m in scope.names.get(node.id, ()) if isinstance(m, Imported))
            return next((f"{m.module}.{m.name}" if m.name else m.module for m in imported), None)
        if isinstance(node, ast.Attribute):
            outer = self._module_of(scope, node.value)
            return f"{outer}.{node.attr}" if outer else None
        return None

    def bases(self, found: Found) -> Iterator[Found]:
        """The classes that a class is derived from, as far as they are in Airflow's own files."""
        for base in found.node.bases:
            resolved = self.find_expression(found.scope, base)
            if resolved is not None and resolved.node is not found.node:
                yield resolved


def _split(qualified: str) -> tuple[str, str]:
    module, _, name = qualified.rpartition(".")
    return module, name
