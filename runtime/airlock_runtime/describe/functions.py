"""Finds the source of a callable in its file.

Contract: reads, never runs. A callable is found by its name where the module has it under that name, else by the line
that its code begins at.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from functools import reduce
from types import CodeType, FunctionType
from typing import Any

from airlock_runtime.describe.source import SourceFile

Node = "ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda"


def has_name(value: Any) -> bool:
    """Whether a module has this value under the name that it calls itself by.

    A class may be of an earlier loading of its file: `dag.test()` of Airflow 3 loads DAG files once more.
    """
    found = _by_name(value)
    again = isinstance(value, type) and isinstance(found, type)
    return found is value or (
        again and (found.__module__, found.__qualname__) == (value.__module__, value.__qualname__)
    )


def is_under_decorator(value: Any) -> bool:
    """Whether the module's name holds an Airflow decorator's wrapper (`@task`) around it."""
    found = _by_name(value)
    return found is not None and getattr(found, "function", None) is value


def _by_name(value: Any) -> Any:
    qualname, module = getattr(value, "__qualname__", ""), sys.modules.get(getattr(value, "__module__", None) or "")
    if module is None or not qualname or "<" in qualname:
        return None
    try:
        return reduce(getattr, qualname.split("."), module)
    except AttributeError:
        return None


def find_node(function: FunctionType, file: SourceFile) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | None:
    """The function's node; None where there is none, or several lambdas of one line are alike."""
    code = function.__code__
    found: list[Any] = [node for node in ast.walk(file.tree) if _begins_at(node) == code.co_firstlineno]
    if code.co_name != "<lambda>":
        return next((node for node in found if getattr(node, "name", None) == code.co_name), None)
    lambdas = [node for node in found if isinstance(node, ast.Lambda)]
    if len(lambdas) > 1:
        lambdas = [node for node in lambdas if _same_code(node, code)]
    return lambdas[0] if len(lambdas) == 1 else None


def _begins_at(node: ast.AST) -> int | None:
    if isinstance(node, ast.Lambda):
        return node.lineno
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return None


def _same_code(node: ast.Lambda, code: CodeType) -> bool:
    compiled = compile(ast.Expression(node), code.co_filename, "eval")
    inner = next(c for c in compiled.co_consts if isinstance(c, CodeType))
    # Names that it closes over are loaded in another way when it is compiled alone.
    names = {*inner.co_names, *inner.co_freevars}, {*code.co_names, *code.co_freevars}
    return names[0] == names[1] and inner.co_varnames == code.co_varnames and inner.co_consts == code.co_consts


def free_values(function: FunctionType) -> dict[str, Any]:
    """What a function closes over; names that are not bound yet, and itself, are left out."""
    free: dict[str, Any] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            value = cell.cell_contents
        except ValueError:
            continue
        if value is not function:
            free[name] = value
    return free


def changes_closure(node: ast.AST) -> bool:
    """Whether a function rebinds what it closes over, which cannot be done apart from it."""
    return any(isinstance(part, ast.Nonlocal) for part in ast.walk(node))


def owner_of_classmethod(value: Any) -> type | None:
    """The class that a class method is taken from (a subclass of the one that defines it, maybe)."""
    owner = getattr(value, "__self__", None)
    if not inspect.ismethod(value) or not isinstance(owner, type):
        return None
    return owner if getattr(owner, value.__name__, None) == value else None


_LOADED_AS = re.compile(r"\bunusual_prefix_[0-9a-f]+_")


def is_of_dag_file(module: str) -> bool:
    """Airflow loads DAG files under a name of its own (`unusual_prefix_<hash>_<stem>`), which nobody can import."""
    return module.startswith("unusual_prefix_") or module == "__main__"


def without_loaded_name(text: str) -> str:
    """A text that may name modules, with DAG files' as the user knows them."""
    return _LOADED_AS.sub("", text)


def why_nameless(value: Any) -> str:
    """Says what a value is that can travel neither by name nor by source."""
    if inspect.ismethod(value):
        return f"a method bound to a {type(value.__self__).__name__}, which exists only where the DAG file is loaded"
    kind = without_loaded_name(f"{type(value).__module__}.{type(value).__qualname__}")
    return f"a {kind}, which has no form outside of its own process"
