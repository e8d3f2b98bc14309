"""The parameters of a function that this Python does not compile, read from its source.

Contract: reads, never runs. Airflow hands a function those parts of the context that its signature names.
"""

from __future__ import annotations

import ast
import inspect
from inspect import Parameter
from typing import Any, Iterator, Union

_Function = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda]


def signature_in(source: str, qualname: str) -> inspect.Signature | None:
    """The signature of a function, a lambda or a method that a module's source defines; None where it shows none."""
    try:
        scope: Any = ast.parse(source)
    except SyntaxError:  # of a later Python, or of an earlier one
        return None
    owner = None
    for name in qualname.split("."):
        owner, scope = scope, _last(scope, name)
    if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return None
    parameters = list(_parameters(scope.args))
    return inspect.Signature(parameters[1:] if _is_bound(scope, owner) else parameters)


def parameter(name: str, kind: str, has_default: bool) -> Parameter:
    """:param kind: the name of its kind in `inspect`"""
    return Parameter(name, getattr(Parameter, kind), default=... if has_default else Parameter.empty)


def _last(scope: Any, name: str) -> Any:
    """What a scope binds a name to in the end: a definition, a lambda, or None for what is not known."""
    found: Any = None
    for node in _statements(scope):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name:
            found = node
        elif isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            found = node.value if isinstance(node.value, ast.Lambda) else None
    return found


def _statements(scope: Any) -> Iterator[ast.AST]:
    """The statements of a scope in their order, those under `if`, `try` and `with` included."""
    for node in ast.iter_child_nodes(scope) if scope is not None else ():
        if isinstance(node, ast.stmt):
            yield node
        if isinstance(node, (ast.If, ast.Try, ast.With, ast.ExceptHandler)):
            yield from _statements(node)


def _is_bound(function: _Function, owner: Any) -> bool:
    """Whether its first parameter is given already."""
    decorators = getattr(function, "decorator_list", ())
    return isinstance(owner, ast.ClassDef) and any(getattr(d, "id", None) == "classmethod" for d in decorators)


def _parameters(arguments: ast.arguments) -> Iterator[Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    for index, each in enumerate(positional):
        kind = "POSITIONAL_ONLY" if index < len(arguments.posonlyargs) else "POSITIONAL_OR_KEYWORD"
        yield parameter(each.arg, kind, index >= required)
    if arguments.vararg:
        yield parameter(arguments.vararg.arg, "VAR_POSITIONAL", False)
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        yield parameter(each.arg, "KEYWORD_ONLY", default is not None)
    if arguments.kwarg:
        yield parameter(arguments.kwarg.arg, "VAR_KEYWORD", False)
