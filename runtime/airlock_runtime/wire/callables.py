"""Callables that arrive: by qualified name where they import, else as the source of what they are made of.

Contract: `source` is Python text whose lines stand where they stand in `file`, so that a traceback names the user's
file and line. It runs as a fresh module whose names begin as `globals` says. Standard library only.
"""

from __future__ import annotations
import __future__

import importlib
import linecache
import sys
from dataclasses import dataclass
from functools import partial, reduce
from types import ModuleType
from typing import Any, Callable, Mapping

_POSTPONED = __future__.annotations.compiler_flag
"""Annotations are not evaluated: what they name need not be there."""

Decode = Callable[[Any], Any]


@dataclass(frozen=True)
class ByName:
    """A callable that is only named: it need not import where it is named."""

    name: str


def import_qualified(name: str) -> Any:
    """What a qualified name such as `package.module.Class.method` names.

    :raises ImportError: no such module, or the module raises one
    :raises AttributeError: the module has no such name
    """
    parts = name.split(".")
    missing: ModuleNotFoundError | None = None
    for cut in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:cut])
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError as error:
            # `a.b.C.method`: there is no module `a.b.C`, but `a.b`. A module that lacks another one is broken.
            if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                raise
            missing = missing or error
            continue
        try:
            return reduce(getattr, parts[cut:], found)
        except AttributeError as error:
            raise missing or error from None
    raise missing or ModuleNotFoundError(f"{name!r} is no qualified name", name=name)


def revive_callable(described: Mapping[str, Any], decode: Decode) -> Any:
    """The callable or class that `$callable` describes.

    :param decode: decodes the values that its source finds as globals, and its defaults
    """
    if described.get("source") is None:
        return import_qualified(f"{described['module']}.{described['qualname']}")
    module = _fresh_module(str(described.get("module") or ""), str(described["file"]))
    module.__dict__.update({name: decode(value) for name, value in (described.get("globals") or {}).items()})
    linecache.cache[module.__file__ or ""] = _lines(described)
    code = compile(described["source"], str(module.__file__), "exec", flags=_POSTPONED, dont_inherit=True)
    exec(code, module.__dict__)
    found: Any = reduce(getattr, str(described["qualname"]).split("."), module)
    if "defaults" in described:
        found.__defaults__ = decode(described["defaults"])
    if "kwdefaults" in described:
        found.__kwdefaults__ = decode(described["kwdefaults"])
    return found


def revive_partial(described: Mapping[str, Any], decode: Decode) -> Any:
    """The `functools.partial` that `$partial` describes."""
    return partial(decode(described["func"]), *decode(described["args"]), **decode(described["keywords"]))


def _fresh_module(wanted: str, file: str) -> ModuleType:
    name, number = wanted, 1
    while name in sys.modules or not name.isidentifier():
        name, number = f"dag_{''.join(c if c.isalnum() else '_' for c in wanted)}_{number}", number + 1
    module = ModuleType(name)
    module.__file__ = file
    sys.modules[name] = module  # dataclasses, pickle and typing look for it there
    return module


def _lines(described: Mapping[str, Any]) -> tuple[int, None, list[str], str]:
    source = str(described["source"])
    # No modification time: linecache then keeps the entry, whether the file is in this image or not.
    return len(source), None, source.splitlines(keepends=True), str(described["file"])
