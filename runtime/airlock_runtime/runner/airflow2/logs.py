"""Airflow 2's logs as events: one handler of ours at the root, with Airflow's own secrets masker."""

from __future__ import annotations

import logging
import traceback
from datetime import datetime, timezone
from typing import Any

from airlock_runtime.runner.events import Events
from airlock_runtime.wire.text import printable


def send_logs(events: Events) -> None:
    from airflow.utils.log.secrets_masker import SecretsMasker, redact

    _mask_any_text(SecretsMasker)
    events.redact = redact
    root = logging.getLogger()
    root.handlers[:] = [_ToEvents(events)]
    if root.level in (logging.NOTSET, logging.WARNING) or root.level > logging.INFO:
        root.setLevel(logging.INFO)
    for name in ("airflow.task", "airflow.processor", "flask_appbuilder"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
    logging.getLogger("airflow.models.crypto").setLevel(logging.ERROR)  # it warns of a key that nothing needs here
    logging.captureWarnings(False)


def _mask_any_text(masker: Any) -> None:
    """The masker's re2 ends the whole process (SIGABRT) at a text that has no bytes."""
    redact = masker._redact

    def redact_printable(self: Any, item: Any, *args: Any, **kwargs: Any) -> Any:
        return redact(self, printable(item) if isinstance(item, str) else item, *args, **kwargs)

    masker._redact = redact_printable


class _ToEvents(logging.Handler):
    def __init__(self, events: Events) -> None:
        from airflow.utils.log.secrets_masker import _secrets_masker

        super().__init__(logging.INFO)
        self._events = events
        self.addFilter(_secrets_masker())

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except Exception:  # arguments that do not fit the format
            message = str(record.msg)
        if message.startswith(("::group::", "::endgroup::")):  # folds of the web interface
            return
        exception = record.exc_text
        if isinstance(record.exc_info, tuple) and record.exc_info[0]:
            exception = "".join(traceback.format_exception(*record.exc_info))
        self._events.log(
            message,
            level=record.levelname.lower(),
            logger=record.name,
            time=datetime.fromtimestamp(record.created, timezone.utc).isoformat(),
            exception=exception,
        )
