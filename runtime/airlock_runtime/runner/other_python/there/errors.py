"""An exception in words: what was raised, its traceback without our own frames, and the user's line."""

from __future__ import absolute_import, division, print_function

import os
import traceback

from .values import PY2, text

_OURS = ("<airlock>/", "<frozen importlib")
_LIBRARY = os.path.join(os.path.dirname(os.path.abspath(os.__file__)), "")


def raised(kind, error, trace):
    """:returns: `type`, `message`, `traceback`, and `file` and `line` of the user's innermost line, if there is one"""
    told = {"type": kind.__name__, "message": _message(error) or kind.__name__}
    lines = traceback.format_exception(kind, error, trace)
    told["traceback"] = "".join(_text(line) for line in lines if not _is_our_frame(line))
    place = _place(error, trace)
    if place:
        told["file"], told["line"] = _text(place[0]), place[1]
    return told


def _is_our_frame(line):
    return line.startswith(tuple('  File "%s' % name for name in _OURS))


def _place(error, trace):
    name = getattr(error, "filename", None)
    if isinstance(error, SyntaxError) and name and _of_the_user(name):
        return name, error.lineno or 1
    places = [(path, line) for path, line, _, _ in traceback.extract_tb(trace) if _of_the_user(path)]
    return places[-1] if places else None


def _of_the_user(path):
    if path.startswith(("<", _LIBRARY)):
        return False
    return not any("/%s/" % folder in path for folder in ("site-packages", "dist-packages"))


def _message(error):
    if PY2:
        try:
            return text(error)
        except UnicodeError:
            pass
    try:
        return _text(str(error))
    except Exception:
        return ""


def _text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
