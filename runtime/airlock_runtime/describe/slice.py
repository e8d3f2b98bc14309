"""The slice of a file that one of its functions needs: imports, constants, helpers, in their order.

Contract: what stands at module level travels as source, what only exists while the file runs (closures, names bound by
a loop) as values. Objects of the DAG itself (DAGs, tasks) cannot travel.
"""

from __future__ import annotations

import ast
import builtins
from typing import Any, Callable, Mapping

from airlock_runtime.describe.layout import Layout
from airlock_runtime.describe.source import SourceFile, Statement, changes, names_of
from airlock_runtime.wire.values import NotEncodable

_MISSING = object()


class Slicer:
    """
    :param live: the names of the module as they are after it has run
    :param free: what the function closes over
    :param encode: encodes a value that has to travel as one; raises `NotEncodable`
    :param of_dag: whether a value is a DAG, a task, or another object of the DAG itself
    :param of_airflow: whether an expression is a decorator of Airflow's, such as `@task`
    """

    def __init__(
        self,
        file: SourceFile,
        live: Mapping[str, Any],
        free: Mapping[str, Any],
        encode: Callable[[Any, str], Any],
        of_dag: Callable[[Any], bool],
        of_airflow: Callable[[ast.expr], bool],
    ) -> None:
        self._file, self._live, self._free = file, live, free
        self._encode, self._of_dag, self._of_airflow = encode, of_dag, of_airflow
        self._kept: dict[int, Statement] = {}
        self._aliases: dict[int, set[str]] = {}
        self._seen: set[str] = set()
        self.values: dict[str, Any] = {}
        for statement in file.statements:
            self._take_future(statement)

    def take(self, name: str) -> None:
        """Takes a name of the module, with all that it needs."""
        waiting = [name]
        while waiting:
            wanted = waiting.pop()
            if wanted not in self._seen:
                self._seen.add(wanted)
                waiting += self._take_one(wanted)

    def take_node(self, node: ast.stmt | ast.expr, own_name: str) -> None:
        """Takes what a function needs that is not at module level itself."""
        self._seen.add(own_name)
        for needed in sorted(names_of(node).needs):
            self.take(needed)
        if isinstance(node, ast.stmt):
            self._kept[id(node)] = Statement(node, names_of(node))

    def _take_future(self, statement: Statement) -> None:
        """They say how the rest is read: Python 2's `print`, `/` and texts. (Annotations are never evaluated.)"""
        node = statement.node
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            names = {alias.name for alias in node.names} - {"annotations"}
            if names:
                self._kept[id(node)], self._aliases[id(node)] = statement, names

    def _take_one(self, name: str) -> list[str]:
        if name in self._free:
            self.values[name] = self._encode(self._free[name], name)
            return []
        value = self._live.get(name, _MISSING)
        if value is not _MISSING and self._of_dag(value):
            raise NotEncodable(name, "part of the DAG itself, which is not there where the task runs")
        binders = [s for s in self._file.statements if name in s.names.binds]
        if any(isinstance(s.node, (ast.For, ast.AsyncFor, ast.While, ast.With)) for s in binders):
            self.values[name] = self._encode(value, name)
            return []
        if not binders:
            return self._take_unbound(name, value)
        decorated = any(self._airflow_decorators(s.node) for s in binders)  # `task.expand(...)` makes a task of it
        changers = [] if decorated else [s for s in self._file.statements if changes(s.node) == name]
        return [needed for s in binders + changers for needed in self._keep(s, name)]

    def _take_unbound(self, name: str, value: Any) -> list[str]:
        if value is _MISSING or hasattr(builtins, name) or (name.startswith("__") and name.endswith("__")):
            return []
        stars = [s for s in self._file.statements if _is_star(s.node)]
        if not stars:
            self.values[name] = self._encode(value, name)
        for statement in stars:
            self._kept[id(statement.node)] = statement
        return []

    def _keep(self, statement: Statement, name: str) -> list[str]:
        self._kept[id(statement.node)] = statement
        if isinstance(statement.node, (ast.Import, ast.ImportFrom)):
            self._aliases.setdefault(id(statement.node), set()).add(name)
            return []
        decorators = [n for d in self._airflow_decorators(statement.node) for n in names_of(d).needs]
        return sorted(statement.names.needs - set(decorators)) + self._still_needed(statement, decorators)

    def _still_needed(self, statement: Statement, names: list[str]) -> list[str]:
        """Names of a decorator that is left out, where the function itself uses them as well."""
        if not names or not isinstance(statement.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return []
        inside = {n.id for part in statement.node.body for n in ast.walk(part) if isinstance(n, ast.Name)}
        return sorted(inside & set(names))

    def _airflow_decorators(self, node: ast.stmt) -> list[ast.expr]:
        return [decorator for decorator in getattr(node, "decorator_list", ()) if self._of_airflow(decorator)]

    def nodes(self) -> list[ast.stmt]:
        """The statements of the slice, imports narrowed to what is needed."""
        kept = sorted((s.node for s in self._kept.values()), key=lambda node: (node.lineno, node.col_offset))
        return [self._narrowed(node) for node in kept]

    def text(self, tail: ast.stmt | None = None) -> str:
        """The slice as Python text.

        :param tail: a last statement that is not in the file
        """
        layout = Layout(self._file.lines)
        for node in self.nodes():
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                layout.write(node)
            else:
                layout.keep(node, self._airflow_decorators(node))
        if tail is not None:
            layout.write(tail)
        return layout.text()

    def _narrowed(self, node: ast.stmt) -> ast.stmt:
        wanted = self._aliases.get(id(node))
        if wanted is None or not isinstance(node, (ast.Import, ast.ImportFrom)):
            return node
        names = [a for a in node.names if (a.asname or a.name.partition(".")[0]) in wanted]
        narrowed: ast.Import | ast.ImportFrom
        if isinstance(node, ast.Import):
            narrowed = ast.Import(names=names)
        else:
            narrowed = ast.ImportFrom(module=node.module, names=names, level=node.level)
        return ast.copy_location(narrowed, node)


def _is_star(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
