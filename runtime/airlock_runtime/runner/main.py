"""The runner: one process, one request.

Contract
    standard input, output   the channel (wire/frames.py): events out; one request, then answers, in
    first event              `ready`, before Airflow is imported
    last event               `outcome`, exactly one, whatever happens short of the process being killed
    then                     the process ends at once with exit code 0, whatever threads the task left
    standard error           of the process itself holds nothing of the task, but where Python crashed
    standard input           stays open until then: at its end, nobody waits for the outcome, and the task is ended
"""

from __future__ import annotations

import faulthandler
import os
import platform
import time
from os import _exit as leave
from typing import Any

from airlock_runtime.airflow.versions import airflow_version
from airlock_runtime.runner.abandoned import end_abandoned
from airlock_runtime.runner.channel import Channel
from airlock_runtime.runner.environ import PrivateFolder
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.streams import CapturedOutput, claim
from airlock_runtime.wire.frames import FRAME_LIMIT, PROTOCOL, FrameError, FrameTooLarge
from airlock_runtime.wire.outcome import Failure, Outcome, failed, message_of

_SPARE_AFTER = 0.05
"""Seconds without a request, after which the runner is a spare and uses the time to import Airflow."""


def main(limit: int = FRAME_LIMIT) -> None:
    """Serves one request and ends the process.

    :param limit: the most bytes that a message has, either way
    """
    faulthandler.enable(os.dup(2), all_threads=False)  # what captures the output could not tell of a crash any more
    channel, folder = claim(limit), PrivateFolder()
    events = Events(channel)
    output = CapturedOutput(events.printed)
    events.before = output.catch_up
    os._exit = output.told_before(leave)  # type: ignore[assignment]  # its parameter may be named
    airflow = airflow_version()
    channel.send({"event": "ready", "protocol": PROTOCOL, "python": platform.python_version(), "airflow": airflow})
    started = time.monotonic()
    try:
        if airflow and not channel.waiting(_SPARE_AFTER):
            from airlock_runtime.runner.preload import preload

            preload(events, folder)
            channel.waiting(None)
            started = time.monotonic()
        outcome = _serve(channel, events, folder)
    except BaseException as error:
        outcome = failed(error, "runner")
    output.drain()
    _send_last(channel, outcome.event((time.monotonic() - started) * 1000, events.redact))
    folder.remove()
    leave(0)


def _serve(channel: Channel, events: Events, folder: PrivateFolder) -> Outcome:
    try:
        request = channel.receive()
        if request is None:
            raise FrameError("The stream ended before a request came")
        _check_protocol(request)
    except FrameError as error:
        return failed(Failure("protocol", str(error)), "protocol")
    channel.listen(lambda: end_abandoned(folder))
    kind = request.get("kind")
    if kind == "catalogue":
        from airlock_runtime.runner.catalogue.build import serve_catalogue

        return serve_catalogue(channel)
    if kind in ("execute", "resolve"):
        from airlock_runtime.runner.serve import serve_with_airflow

        return serve_with_airflow(kind, request, channel, events, folder)
    return failed(Failure("protocol", f"This runner does not know requests of the kind {kind!r}"), "protocol")


def _check_protocol(request: dict[str, Any]) -> None:
    if request.get("protocol") != PROTOCOL:
        raise FrameError(
            f"The request is of protocol {request.get('protocol')!r}, this runner speaks {PROTOCOL}: "
            "use the runner and the Airlock of one version"
        )


def _send_last(channel: Channel, event: dict[str, Any]) -> None:
    try:
        channel.send(event)
    except (FrameTooLarge, TypeError, ValueError) as error:  # an error message of many MB, or one with odd content
        told = {"code": "runner", "message": f"The outcome could not be told: {message_of(error)}"}
        channel.send({**event, "error": told, "missing": []})
