"""The names of a module: classes, imports, constants, and Airflow's maps of lazy imports.

Contract: every branch counts, in its order: of `if V3: ... else: ...` and `try: ... except ImportError: ...` the first
that leads to a file of this image is taken for the one that Python would take there. Of providers' own
`if AIRFLOW_V_3_1_PLUS: ... else: ...` it is known, and the branch that Python takes comes first.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Iterable, Iterator, Union


@dataclass(frozen=True)
class Imported:
    """`from module import name`; without a name, the module itself."""

    module: str
    name: str | None


Meaning = Union[ast.ClassDef, Imported, ast.expr]


@dataclass
class Scope:
    """
    :param airflow: the release of the image's Airflow
    :param submodules: modules that exist only as a map of deprecated names: module -> name -> qualified name
    """

    module: str
    file: str
    airflow: tuple[int, ...]
    names: dict[str, list[Meaning]] = field(default_factory=dict)
    submodules: dict[str, dict[str, str]] = field(default_factory=dict)
    lazy: set[str] = field(default_factory=set)

    def classes(self) -> Iterator[ast.ClassDef]:
        for meanings in self.names.values():
            for meaning in meanings:
                if isinstance(meaning, ast.ClassDef):
                    yield meaning
                    break

    def add(self, name: str, meaning: Meaning) -> None:
        self.names.setdefault(name, []).append(meaning)


def read_scope(module: str, file: str, airflow: tuple[int, ...]) -> Scope:
    """:raises OSError, SyntaxError, ValueError: where the file cannot be read or parsed"""
    with open(file, "rb") as source:
        tree = ast.parse(source.read(), file)
    scope = Scope(module, file, airflow)
    package = module if file.endswith("__init__.py") else module.rpartition(".")[0]
    _read(tree.body, scope, package)
    return scope


def _read(body: Iterable[ast.stmt], scope: Scope, package: str) -> None:
    for node in body:
        if isinstance(node, ast.ClassDef):
            scope.add(node.name, node)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node.module, node.level, package)
            for alias in node.names:
                scope.add(alias.asname or alias.name, Imported(module, alias.name))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                target = alias.name if alias.asname else alias.name.partition(".")[0]
                scope.add(alias.asname or target, Imported(target, None))
        elif isinstance(node, ast.If):
            branches = [node.body, node.orelse]
            for branch in branches if _may_hold(node.test, scope.airflow) else reversed(branches):
                _read(branch, scope, package)
        elif isinstance(node, ast.Try):
            _read(node.body, scope, package)
            for handler in node.handlers:
                _read(handler.body, scope, package)
            _read(node.orelse, scope, package)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            _read_assignment(node, node.value, scope, package)


_PLUS = re.compile(r"AIRFLOW_V_(\d+)_(\d+)(?:_(\d+))?_PLUS")
"""What each provider's `version_compat.py` calls "this release or a later one"."""


def _may_hold(test: ast.expr, airflow: tuple[int, ...]) -> bool:
    """Whether a condition holds on that Airflow; true where it is not known."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and isinstance(test.operand, ast.Name):
        return not _PLUS.fullmatch(test.operand.id) or not _may_hold(test.operand, airflow)
    match = _PLUS.fullmatch(test.id) if isinstance(test, ast.Name) else None
    return match is None or airflow >= tuple(int(part) for part in match.groups() if part)


def _read_assignment(node: ast.Assign | ast.AnnAssign, value: ast.expr, scope: Scope, package: str) -> None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        if isinstance(target, ast.Name):
            if isinstance(value, ast.Dict) and target.id.startswith("_"):
                _read_map(value, scope, package)
            scope.add(target.id, value)


def _read_map(node: ast.Dict, scope: Scope, package: str) -> None:
    """A map of lazy imports, as `__getattr__` of the module reads it.

    `{name: module}`, `{name: (module, older module)}`, `{name: (module, attribute, deprecated)}`, and
    `{submodule: {name: qualified name}}` of `add_deprecated_classes`.
    """
    for key, value in zip(node.keys, node.values):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            continue
        try:
            meant = ast.literal_eval(value)
        except ValueError:
            continue
        if isinstance(meant, dict):
            scope.submodules[f"{package}.{key.value}"] = {k: v for k, v in meant.items() if isinstance(v, str)}
        elif isinstance(meant, tuple) and len(meant) == 3 and isinstance(meant[2], bool):
            _add_lazy(scope, key.value, str(meant[0]), str(meant[1]), package)
        else:
            for module in meant if isinstance(meant, tuple) else (meant,):
                if isinstance(module, str):
                    _add_lazy(scope, key.value, module, key.value, package)


def _add_lazy(scope: Scope, name: str, module: str, attribute: str, package: str) -> None:
    level = len(module) - len(module.lstrip("."))
    scope.add(name, Imported(_absolute(module.lstrip("."), level, package), attribute or None))
    scope.lazy.add(name)


def _absolute(module: str | None, level: int, package: str) -> str:
    if not level:
        return module or ""
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], *([module] if module else [])])
