"""The events that the runner tells, each made in one place; secrets masked before they leave.

Contract: `redact` is Airflow's own secrets masker once Airflow is there; until then no secret is known. `before` runs
before each log line: what was printed earlier goes first.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, Callable, Iterable, Iterator, Mapping

from airlock_runtime.runner.channel import Channel
from airlock_runtime.runner.streams import LINE_LIMIT
from airlock_runtime.wire.frames import FrameTooLarge
from airlock_runtime.wire.outcome import Failure
from airlock_runtime.wire.text import printable
from airlock_runtime.wire.values import encode

LEVELS = ("debug", "info", "warning", "error", "critical")
_EXCEPTION_LIMIT = 256 * 1024
_ANY_DEPTH = 200
"""For the masker, which else looks no deeper than 5 levels."""


class Events:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.redact: Callable[..., Any] = lambda value, **options: value
        self.before: Callable[[], None] = lambda: None
        self._muted: tuple[str, ...] = ()

    @contextmanager
    def muted(self, *loggers: str) -> Iterator[None]:
        """Does not tell what these loggers, and those below them, say."""
        self._muted = loggers
        try:
            yield
        finally:
            self._muted = ()

    def log(
        self,
        message: str,
        *,
        level: str = "info",
        logger: str = "airlock",
        time: str | None = None,
        exception: str | None = None,
    ) -> None:
        """One log line; a long one is told in parts."""
        if self._muted and logger.startswith(self._muted):
            return
        self.before()
        text = printable(str(self.redact(message)))
        event: dict[str, Any] = {
            "event": "log",
            "time": time or _now(),
            "level": level if level in LEVELS else "info",
            "logger": logger,
            "stream": "log",
        }
        parts = [text[start : start + LINE_LIMIT] for start in range(0, len(text), LINE_LIMIT)] or [""]
        for part in parts[:-1]:
            self._channel.send({**event, "message": part})
        if exception:
            event["exception"] = printable(str(self.redact(exception)))[-_EXCEPTION_LIMIT:]
        self._channel.send({**event, "message": parts[-1]})

    def printed(self, stream: str, lines: str) -> None:
        """Lines of standard output or error, joined by newlines; levels as Airflow 3's supervisor gives them."""
        self._channel.send(
            {
                "event": "log",
                "time": _now(),
                "level": "error" if stream == "stderr" else "info",
                "logger": f"task.{stream}",
                "stream": stream,
                "message": printable(str(self.redact(lines))),
            }
        )

    def rendered(self, fields: dict[str, Any]) -> None:
        """The rendered templates, as Airflow would keep them."""
        stored = json.loads(printable(json.dumps(self.redact(fields), default=str, ensure_ascii=False)))
        self._channel.send({"event": "rendered", "fields": encode(stored)})

    def skip(self, tasks: Iterable[Any]) -> None:
        """Tasks of this run that a branch or a short circuit skips: ids, or pairs of an id and a map index."""
        pairs = [(task, -1) if isinstance(task, str) else tuple(task) for task in tasks]
        told = [{"task_id": task_id, "map_index": map_index} for task_id, map_index in pairs]
        self._channel.send({"event": "skip", "tasks": told})

    def map_index(self, rendered: str) -> None:
        """The name of a mapped instance, rendered."""
        self._channel.send({"event": "map_index", "rendered": str(self.redact(rendered))})

    def outlet_event(
        self,
        asset: Mapping[str, Any],
        extra: Mapping[str, Any],
        alias: str | None = None,
        partition_key: str | None = None,
    ) -> None:
        """What the task says of an asset that it updates.

        :raises Failure: `too_large`, over what one message holds
        """
        event = {"event": "outlet_event", "asset": dict(asset), "alias": alias, "extra": encode(dict(extra))}
        self._send_value({**event, "partition_key": partition_key}, f"What is said of the asset {dict(asset)}", "Give")

    def xcom(self, *, task_id: str, key: str, map_index: int, value: Any) -> None:
        """An XCom, its value already neutral; with `shown` where a secret in it must not be.

        :raises Failure: `too_large`, over what one message holds
        """
        event = {"event": "xcom", "task_id": task_id, "key": key, "map_index": map_index, "value": value}
        shown = self.redact(value, max_depth=_ANY_DEPTH)
        if shown != value:
            event["shown"] = shown
        self._send_value(event, f"The XCom {key!r}", "Return")

    def _send_value(self, event: Mapping[str, Any], what: str, instead: str) -> None:
        try:
            self._channel.send(event)
        except FrameTooLarge as error:
            message = f"{what} is too large: {error}. {instead} a reference to it: a path, a table, a key"
            raise Failure("too_large", message) from error


def _now() -> str:
    return datetime.now(timezone.utc).isoformat()
