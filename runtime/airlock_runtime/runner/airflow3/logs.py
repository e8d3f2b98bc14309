"""Airflow 3's logs as events: structlog and the standard library's logging write JSON lines, as to a supervisor."""

from __future__ import annotations

import inspect
import io
import json
import sys
from typing import Any

from airlock_runtime.airflow.masker import redactor
from airlock_runtime.runner.events import LEVELS, Events


def send_logs(events: Events) -> None:
    """Sends every log line to the events, and has them masked by Airflow's own masker."""
    from airflow.sdk import log

    events.redact = redactor()
    clear = getattr(log.configure_logging, "cache_clear", None)
    if clear is not None:
        clear()
    options: dict[str, Any] = {
        "output": JsonLines(events),
        "sending_to_supervisor": True,
        "cache_logger_on_first_use": False,
    }
    # 3.0 asks the other way round
    known = inspect.signature(log.configure_logging).parameters
    options.update({"json_output": True} if "json_output" in known else {"enable_pretty_log": False})
    log.configure_logging(**options)
    _reset_masker()


def _reset_masker() -> None:
    masker = sys.modules.get("airflow.sdk.execution_time.secrets_masker")  # as supervise() does, 3.0 and 3.1
    reset = vars(masker).get("reset_secrets_masker") if masker else None
    if reset is not None:
        reset()


_NOT_TOLD = ("filename", "func_name", "lineno", "loc", "exc_info", "stack_info", "ti")
"""Where the line was logged, and the whole task instance that Airflow adds to some."""


class JsonLines(io.RawIOBase):
    """What `configure_logging` takes as an output: one JSON object a line."""

    name = "<events>"
    mode = "wb"

    def __init__(self, events: Events) -> None:
        self._events = events
        self._held = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        *lines, self._held = (self._held + bytes(data)).split(b"\n")
        for line in lines:
            if line.strip():
                self._tell(line)
        return len(data)

    def _tell(self, line: bytes) -> None:
        try:
            record = json.loads(line)
        except ValueError:
            record = {"event": line.decode("utf-8", "replace")}
        message = str(record.pop("event", ""))
        if message.startswith(("::group::", "::endgroup::")):  # folds of the web interface
            return
        level = str(record.pop("level", "info"))
        error = record.pop("error_detail", None) or record.pop("exception", None)
        time, logger = record.pop("timestamp", None), record.pop("logger", None) or "task"
        more = " ".join(f"{name}={value}" for name, value in record.items() if name not in _NOT_TOLD)
        self._events.log(
            f"{message} {more}".rstrip(),
            level=level if level in LEVELS else "info",
            logger=logger,
            time=time,
            exception=_exception_text(error),
        )


def _exception_text(error: Any) -> str | None:
    """structlog's structured exceptions as Python would print them."""
    if not error or isinstance(error, str):
        return error or None
    parts = []
    for part in reversed(error):
        frames = [f'  File "{f["filename"]}", line {f["lineno"]}, in {f["name"]}' for f in part.get("frames", ())]
        told = [frame for frame in frames if '"<airlock>/' not in frame]
        parts.append(
            "\n".join(["Traceback (most recent call last):", *told, f"{part['exc_type']}: {part['exc_value']}"])
        )
    return "\n\n".join(parts)
