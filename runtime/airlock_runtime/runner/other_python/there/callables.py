"""Callables that arrive by name or by source, as `wire/callables.py` has them, in words that Python 2.7 knows too."""

from __future__ import absolute_import, division, print_function
import __future__

import functools
import importlib
import inspect
import re
import sys
import types

from .boot import as_path, execute
from .context import ContextPart
from .values import PY2, decode, native

_POSTPONED = getattr(getattr(__future__, "annotations", None), "compiler_flag", 0)
"""Annotations are not evaluated where that can be said (3.7 and later): what they name need not be there."""


def revive(value):
    """The Python value of tagged JSON, callables and parts of Airflow's context included."""
    return decode(value, _TAGS)


def callable_of(described):
    """The callable or class that `$callable` describes."""
    names = native(described["qualname"]).split(".")
    if described.get("source") is None:
        return functools.reduce(getattr, names, _import(described["module"]))
    path = as_path(described["file"])
    module = _fresh_module(native(described.get("module") or ""), path)
    module.__dict__.update((native(name), revive(value)) for name, value in (described.get("globals") or {}).items())
    execute(described["source"], path, module.__dict__, _POSTPONED)
    found = functools.reduce(getattr, names, module)
    if "defaults" in described:
        found.__defaults__ = revive(described["defaults"])
    if "kwdefaults" in described:
        found.__kwdefaults__ = revive(described["kwdefaults"])
    return found


def parameters_of(function):
    """The parameters of a callable: of each its name, the name of its kind in `inspect`, and whether it has a default.

    :raises TypeError, ValueError: for a callable that does not tell
    """
    if not PY2:
        found = inspect.signature(function).parameters.values()
        return [[each.name, each.kind.name, each.default is not each.empty] for each in found]
    bound = inspect.isclass(function) or getattr(function, "__self__", None) is not None
    if inspect.isclass(function):
        function = function.__init__
    elif not inspect.isroutine(function):
        bound, function = True, function.__call__
    spec = inspect.getargspec(function)
    required = len(spec.args) - len(spec.defaults or ())
    named = [[name, "POSITIONAL_OR_KEYWORD", index >= required] for index, name in enumerate(spec.args)]
    rest = [[spec.varargs, "VAR_POSITIONAL", False], [spec.keywords, "VAR_KEYWORD", False]]
    return named[1 if bound else 0 :] + [each for each in rest if each[0]]


def _import(name):
    return importlib.import_module("__builtin__" if PY2 and name == "builtins" else native(name))


def _partial(described):
    return functools.partial(revive(described["func"]), *revive(described["args"]), **revive(described["keywords"]))


def _context(described):
    return ContextPart(native(described["name"]), revive(described["fields"]), revive(described["hints"]))


def _fresh_module(wanted, path):
    name, number = wanted, 1
    while name in sys.modules or not re.match(r"[A-Za-z_][A-Za-z0-9_]*\Z", name):
        name = "dag_%s_%d" % (re.sub("[^A-Za-z0-9_]", "_", wanted), number)
        number += 1
    module = types.ModuleType(str(name))
    module.__file__ = path
    sys.modules[name] = module  # pickle and its kin look for it there
    return module


_TAGS = {"$callable": callable_of, "$partial": _partial, "$module": _import, "$context": _context}
