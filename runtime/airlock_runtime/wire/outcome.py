"""How a request ended: the one `outcome` event, and what of an error is worth telling.

Contract: an outcome is made of whatever happened, an exit and a refusal included; making it never raises.
"""

from __future__ import annotations

import importlib
import os
import sysconfig
import traceback
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import Any, Callable, Iterable

from airlock_runtime.wire.text import printable


class Failure(Exception):
    """An expected failure.

    :param code: stable identifier, such as `task_not_found`
    :param place: the user's file and line that it is about
    """

    type: str | None = None
    traceback: str | None = None
    """Of an exception that was raised elsewhere; where there is none, its cause's are told."""

    def __init__(self, code: str, message: str, place: tuple[str, int] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.place = place


@dataclass
class Outcome:
    """
    :param state: Airflow's word for it: `success`, `failed`, `skipped`, ...
    :param reschedule_date: when a sensor asks to be called again
    """

    state: str = "success"
    error: dict[str, Any] | None = None
    missing: list[dict[str, str]] = field(default_factory=list)
    reschedule_date: datetime | None = None

    def event(self, duration_ms: float, redact: Callable[[Any], Any]) -> dict[str, Any]:
        """The outcome as an event, secrets masked."""
        return {
            "event": "outcome",
            "state": self.state,
            "error": None if self.error is None else {key: _shown(value, redact) for key, value in self.error.items()},
            "duration_ms": round(duration_ms, 1),
            "missing": self.missing,
            "reschedule_date": None if self.reschedule_date is None else self.reschedule_date.isoformat(),
        }


def _shown(value: Any, redact: Callable[[Any], Any]) -> Any:
    return printable(redact(value)) if isinstance(value, str) else value


def failed(error: BaseException, code: str, missing: Iterable[dict[str, str]] = (), message: str = "") -> Outcome:
    """The outcome of an exception; a `Failure` brings its own code and place."""
    shown: BaseException | None = error
    kind, trace = None, None
    if isinstance(error, Failure):
        code, kind, trace = error.code, error.type, error.traceback
        place = error.place or (None if error.__cause__ is None else place_of(error.__cause__))
        shown = None if trace else error.__cause__
    else:
        place = place_of(error)
    described: dict[str, Any] = {
        "code": code,
        "type": kind if shown is None else type(shown).__name__,
        "message": message or message_of(error),
        "traceback": trace if shown is None else traceback_of(shown),
    }
    if place is not None:
        described["file"], described["line"] = place
    return Outcome("failed", described, list(missing))


def message_of(error: BaseException) -> str:
    """What was raised, in words."""
    if isinstance(error, SystemExit):
        return f"The task called sys.exit({'' if error.code is None else repr(error.code)})"
    try:
        return str(error) or type(error).__name__
    except Exception:
        return type(error).__name__


def traceback_of(error: BaseException) -> str:
    """The traceback with its causes, without the runner's own frames."""
    try:
        described = traceback.TracebackException.from_exception(error)
    except Exception as broken:
        return f"{type(error).__name__} (its traceback cannot be shown: {broken!r})"
    waiting: list[traceback.TracebackException | None] = [described]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        part.stack = traceback.StackSummary.from_list([frame for frame in part.stack if not _ours(frame.filename)])
        waiting += [part.__cause__, part.__context__, *(getattr(part, "exceptions", None) or [])]
    return "".join(described.format())


def place_of(error: BaseException) -> tuple[str, int] | None:
    """The innermost line of the user's own code that an error came through."""
    if isinstance(error, SyntaxError) and error.filename and is_of_the_user(error.filename):
        return error.filename, error.lineno or 1
    frames = [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__) if _user_frame(frame)]
    if not frames:
        return None if error.__cause__ is None else place_of(error.__cause__)
    frame, line = frames[-1]
    return frame.f_code.co_filename, line


def _user_frame(frame: FrameType) -> bool:
    return is_of_the_user(frame.f_code.co_filename)


def _ours(filename: str) -> bool:
    """The runner's frames, and those of an import itself, which Python does not show either."""
    return filename.startswith(("<airlock>/", "<frozen importlib")) or filename == importlib.__file__


def is_of_the_user(filename: str) -> bool:
    """Whether a file is neither the runner's nor of Python or its packages."""
    if filename.startswith("<") or any(f"/{folder}/" in filename for folder in ("site-packages", "dist-packages")):
        return False
    return not filename.startswith(_STANDARD_LIBRARY)


_STANDARD_LIBRARY = tuple(
    os.path.join(path, "") for path in {os.path.dirname(os.__file__), sysconfig.get_paths()["stdlib"]}
)
