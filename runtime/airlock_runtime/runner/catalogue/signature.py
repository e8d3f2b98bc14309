"""What one class accepts of its own: parameters of `__init__`, their docs, and what it sets for its parents."""

from __future__ import annotations

import ast
import inspect
import re
from typing import Any, Iterator

_PARAM = re.compile(r"^[ \t]*:param\s+(?:[^:\n]*\s)?\*{0,2}(\w+)\s*:[ \t]*", re.MULTILINE)
_FIELD = re.compile(r"^[ \t]*(?::\w+[^:\n]*:|\.\. |[A-Z]\w+:\s*$)|\n[ \t]*\n", re.MULTILINE)


def signature(node: ast.ClassDef) -> dict[str, Any]:
    """`parameters`, `kwargs` and `sets`; without an `__init__`, everything goes to the parents."""
    init = _init(node)
    if init is None:
        return {"parameters": [], "kwargs": True, "sets": []}
    docs = {**_docs(ast.get_docstring(init) or ""), **_docs(ast.get_docstring(node) or "")}
    parameters = [{**parameter, "doc": docs.get(parameter["name"])} for parameter in _parameters(init.args)]
    own = {parameter["name"] for parameter in parameters}
    return {
        "parameters": parameters,
        "kwargs": init.args.kwarg is not None,
        "sets": sorted({name for name in _set_for_parents(init) if name not in own}),
    }


def is_abstract(node: ast.ClassDef) -> bool:
    """Whether the class itself leaves something to be written, or says that it is abstract."""
    methods = (part for part in node.body if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)))
    marked = any("abstractmethod" in ast.unparse(d) for method in methods for d in method.decorator_list)
    return marked or any(isinstance(base, ast.Name) and base.id == "ABC" for base in node.bases)


def first_paragraph(node: ast.ClassDef) -> str:
    text = (ast.get_docstring(node) or "").strip()
    return " ".join(text.split("\n\n", 1)[0].split())


def _init(node: ast.ClassDef) -> ast.FunctionDef | None:
    found = [p for p in _flat(node.body) if isinstance(p, ast.FunctionDef) and p.name == "__init__"]
    if not found:
        return None
    return next((f for f in found if not any("overload" in ast.unparse(d) for d in f.decorator_list)), found[-1])


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Of a version gate in a class, the first branch comes first; `if not TYPE_CHECKING` counts."""
    for part in body:
        if isinstance(part, ast.If):
            yield from _flat(part.body)
            yield from _flat(part.orelse)
        else:
            yield part


def _parameters(args: ast.arguments) -> Iterator[dict[str, Any]]:
    positional = [*args.posonlyargs, *args.args]
    missing = len(positional) - len(args.defaults)
    defaults = [None] * missing + list(args.defaults)
    for arg, default in list(zip(positional, defaults))[1:]:
        yield _parameter(arg, default, "positional")
    for arg, keyword_default in zip(args.kwonlyargs, args.kw_defaults):
        yield _parameter(arg, keyword_default, "keyword")


def _parameter(arg: ast.arg, default: ast.expr | None, kind: str) -> dict[str, Any]:
    return {
        "name": arg.arg,
        "annotation": None if arg.annotation is None else _text(arg.annotation),
        "default": None if default is None else ast.unparse(default),
        "required": default is None,
        "kind": kind,
    }


def _text(annotation: ast.expr) -> str:
    quoted = isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)
    return str(annotation.value) if quoted else ast.unparse(annotation)  # type: ignore[attr-defined]


def _docs(docstring: str) -> dict[str, str]:
    docs = {}
    text = inspect.cleandoc(docstring)
    for match in _PARAM.finditer(text):
        end = _FIELD.search(text, match.end())
        docs[match[1]] = " ".join(text[match.end() : end.start() if end else None].split())
    return docs


def _set_for_parents(init: ast.FunctionDef) -> Iterator[str]:
    """Keyword arguments of `super().__init__(...)`: who passes them again gets "multiple values"."""
    for node in ast.walk(init):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__":
            of_super = isinstance(node.func.value, ast.Call) and ast.unparse(node.func.value.func) == "super"
            if of_super:
                yield from (keyword.arg for keyword in node.keywords if keyword.arg)
