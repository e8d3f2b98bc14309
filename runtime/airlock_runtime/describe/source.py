"""A Python file as statements at module level, each with the names that it binds and the names that it needs.

Contract: reads, never runs. `with DAG(...):` and `with TaskGroup(...):` are looked through: what stands in them is at
module level too.
"""

from __future__ import annotations

import ast
import copy
import symtable
import tokenize
from dataclasses import dataclass
from typing import Callable, Iterable, Iterator

LooksThrough = Callable[[ast.expr], bool]
"""Whether the context manager of a `with` is one to look through."""


@dataclass(frozen=True)
class Names:
    binds: frozenset[str]
    needs: frozenset[str]


@dataclass(frozen=True)
class Statement:
    node: ast.stmt
    names: Names


@dataclass(frozen=True)
class SourceFile:
    path: str
    lines: list[str]
    tree: ast.Module
    statements: list[Statement]


def read_source(path: str, looks_through: LooksThrough) -> SourceFile:
    """:raises OSError, SyntaxError: where it cannot be read"""
    with tokenize.open(path) as file:
        text = file.read()
    tree = ast.parse(text, path)
    statements = [Statement(node, names_of(node)) for node in _flatten(tree.body, looks_through)]
    return SourceFile(path, text.splitlines(), tree, statements)


def _flatten(body: Iterable[ast.stmt], looks_through: LooksThrough) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.With) and all(looks_through(item.context_expr) for item in node.items):
            yield from _flatten(node.body, looks_through)
        else:
            yield node


def names_of(node: ast.stmt | ast.expr) -> Names:
    """The names that a statement binds in its module, and those that it needs from there, bodies included.

    Annotations of functions are left out: callables run with annotations that are not evaluated.
    """
    plain = _WithoutAnnotations().visit(copy.deepcopy(node))
    table = symtable.symtable(ast.unparse(ast.fix_missing_locations(plain)), "<statement>", "exec")
    binds, needs = set(), set()
    for symbol in table.get_symbols():
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
            binds.add(symbol.get_name())
        if symbol.is_referenced():
            needs.add(symbol.get_name())
    for child in table.get_children():
        needs |= _globals_of(child)
    return Names(frozenset(binds), frozenset(needs))


def _globals_of(table: symtable.SymbolTable) -> set[str]:
    found = {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    for child in table.get_children():
        found |= _globals_of(child)
    return found


class _WithoutAnnotations(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [s if isinstance(s, ast.AnnAssign) else self.visit(s) for s in node.body]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        return ast.Assign(targets=[node.target], value=node.value)


def root_name(node: ast.expr) -> str | None:
    """`a` of `a`, `a.b`, `a[0].c(...)`."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def changes(node: ast.stmt) -> str | None:
    """The name whose value a statement changes without binding it: `CONFIG["a"] = 1`, `CONFIG.update(...)`."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        return root_name(node.value.func)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Attribute, ast.Subscript)):
        return root_name(node.targets[0])
    if isinstance(node, ast.AugAssign) and isinstance(node.target, (ast.Attribute, ast.Subscript)):
        return root_name(node.target)
    return None
