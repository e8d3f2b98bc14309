"""The values of `template_fields` and `template_ext`: literals, and what providers compute of them."""

from __future__ import annotations

import ast
from typing import Any, Callable

from airlock_runtime.runner.catalogue.names import Found, Names

_AWS = ("aws_conn_id", "region_name", "verify")
"""What `airflow.providers.amazon.aws.utils.mixins.aws_template_fields` adds."""


class Fields:
    """Evaluates class attributes that are sequences of texts; own ones only, parents' where they are named."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def own(self, found: Found, attribute: str) -> list[str] | None:
        """The class's own value; None where it defines none, or one that cannot be read."""
        node = _assigned(found.node, attribute)
        try:
            return None if node is None else list(self._value(found, node))
        except (_Unreadable, RecursionError):
            return None

    def _inherited(self, found: Found, attribute: str) -> list[str]:
        own = self.own(found, attribute)
        if own is not None:
            return own
        for base in self._names.bases(found):
            inherited = self._inherited(base, attribute)
            if inherited:
                return inherited
        return []

    def _value(self, found: Found, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return (node.value,)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return [text for part in node.elts for text in self._value(found, part)]
        if isinstance(node, ast.Starred):
            return self._value(found, node.value)
        if isinstance(node, ast.BinOp):
            return self._combined(found, node)
        if isinstance(node, ast.Call):
            return self._called(found, node)
        if isinstance(node, ast.Attribute):
            owner = self._names.find_expression(found.scope, node.value)
            if owner is not None:
                return self._inherited(owner, node.attr)
        if isinstance(node, ast.Name):
            return self._named(found, node.id)
        raise _Unreadable

    def _combined(self, found: Found, node: ast.BinOp) -> Any:
        left, right = self._value(found, node.left), self._value(found, node.right)
        if isinstance(node.op, (ast.Add, ast.BitOr)):
            return list(dict.fromkeys([*left, *right]))
        if isinstance(node.op, ast.Sub):
            return [text for text in left if text not in right]
        raise _Unreadable

    def _called(self, found: Found, node: ast.Call) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        parts = [text for argument in node.args for text in self._value(found, argument)]
        if name == "aws_template_fields":
            return sorted({*_AWS, *parts})
        make: dict[str, Callable[[Any], Any]] = {"tuple": list, "list": list, "set": list, "frozenset": list}
        if name in make:
            return make[name](dict.fromkeys(parts))
        if name in ("union", "copy") and isinstance(node.func, ast.Attribute):
            return list(dict.fromkeys([*self._value(found, node.func.value), *parts]))
        if name == "sorted":
            return sorted(parts)
        raise _Unreadable

    def _named(self, found: Found, name: str) -> Any:
        own = _assigned(found.node, name)
        if own is not None:
            return self._value(found, own)
        for meaning in found.scope.names.get(name, ()):
            if isinstance(meaning, ast.expr):
                return self._value(found, meaning)
        raise _Unreadable


class _Unreadable(Exception):
    pass


def _assigned(node: ast.ClassDef, attribute: str) -> ast.expr | None:
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and part.target.id == attribute:
            return part.value
        if isinstance(part, ast.Assign) and any(isinstance(t, ast.Name) and t.id == attribute for t in part.targets):
            return part.value
    return None
