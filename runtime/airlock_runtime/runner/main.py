"""The runner: one process, one request.

Contract
    standard input, output   the channel (wire/frames.py): events out; one request, then answers, in
                             before the request may come `prepare`: get ready for one that comes later, from someone
                             else perhaps; or fork for each that comes (forkserver.py)
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
from typing import Any, Mapping

from airlock_runtime.airflow.versions import airflow_version
from airlock_runtime.runner.abandoned import end_abandoned
from airlock_runtime.runner.channel import Channel
from airlock_runtime.runner.clients import Clients, listen
from airlock_runtime.runner.environ import PrivateFolder, lay
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.streams import CapturedOutput, claim, claimed
from airlock_runtime.wire.frames import FRAME_LIMIT, PROTOCOL, FrameError, FrameTooLarge
from airlock_runtime.wire.outcome import Failure, Outcome, failed, message_of

_SPARE_AFTER = 0.05
"""Seconds without a request, after which the runner uses the time to import Airflow."""


def main(limit: int = FRAME_LIMIT, prepared: int = 0) -> None:
    """Serves one request and ends the process.

    :param limit: the most bytes that a message has, either way
    :param prepared: whether `prepare` comes first: nothing is imported before that, as it brings settings
    """
    channel = claim(limit)
    runner = _Runner(channel, bool(prepared))
    airflow = airflow_version()
    channel.send({"event": "ready", "protocol": PROTOCOL, "python": platform.python_version(), "airflow": airflow})
    runner.serve()


class _Runner:
    """A process that serves one request, or whose children do."""

    def __init__(self, channel: Channel, prepared: bool) -> None:
        self._channel, self._events = channel, Events(channel)
        self._prepared = prepared
        self._preloaded = False
        self._begin()

    def _begin(self) -> None:
        faulthandler.enable(os.dup(2), all_threads=False)  # what captures the output could not tell of a crash any more
        self._folder = PrivateFolder()
        self._output = CapturedOutput(self._events.printed)
        self._events.before = self._output.catch_up
        os._exit = self._output.told_before(leave)  # type: ignore[assignment]  # its parameter may be named

    def _preload(self, tasks: bool = True) -> None:
        """:param tasks: whether any will be executed"""
        if not self._preloaded:
            from airlock_runtime.runner.preload import preload

            preload(self._events, self._folder, tasks)
        self._preloaded = True

    def serve(self) -> None:
        """Serves the request that has come, and ends the process."""
        started = time.monotonic()
        try:
            if airflow_version() and not self._prepared and not self._channel.waiting(_SPARE_AFTER):
                self._preload()
                self._channel.waiting(None)
                started = time.monotonic()
            request = self._received()
            if request.get("kind") == "prepare":
                self._prepare(request)
                started = time.monotonic()
                request = self._received()
            outcome = self._serve(request)
        except FrameError as error:
            outcome = failed(Failure("protocol", str(error)), "protocol")
        except BaseException as error:
            outcome = failed(error, "runner")
        self._output.drain()
        _send_last(self._channel, outcome.event((time.monotonic() - started) * 1000, self._events.redact))
        self._folder.remove()
        leave(0)

    def _received(self) -> dict[str, Any]:
        request = self._channel.receive()
        if request is None:
            raise FrameError("The stream ended before a request came")
        _check_protocol(request)
        return request

    def _prepare(self, request: Mapping[str, Any]) -> None:
        """Does what needs no task, then waits for one, which nobody may send for a while. Nothing is told meanwhile."""
        lease, idle = request.get("lease_s"), request.get("idle_s")
        clients = self._clients(request.get("listen"))
        self._channel.hold()
        lay(request.get("environ") or {})
        if airflow_version():
            self._preload(tasks=not request.get("dag_files") or bool(request.get("fork")))
            if request.get("dag_files"):
                from airlock_runtime.runner.preload import preload_for_dag_files

                preload_for_dag_files()
        if request.get("fork"):
            self._fork(clients, idle or 0, lease or 0, bool(request.get("once")))
        elif not self._channel.waiting(idle):
            self._leave()
        self._channel.release(lease)

    def _clients(self, path: str | None) -> Clients:
        """Whoever sends requests. Those who come by a socket come instead of the one that started this process."""
        if path is None:
            return Clients(*self._channel.descriptors)
        listener = listen(path)
        self._channel.send({"event": "listening"})
        for fd in self._channel.descriptors:
            os.close(fd)
        return Clients(None, None, listener)

    def _fork(self, clients: Clients, idle: float, lease: float, once: bool) -> None:
        """Returns in a child, which is a runner of its own."""
        from airlock_runtime.runner.forkserver import ForkServer

        self._output.drain()
        ForkServer(clients, idle, lease, self._folder.remove, once).serve()
        self._channel.take_over(*claimed())
        self._begin()

    def _leave(self) -> None:
        self._output.drain()
        self._folder.remove()
        leave(0)

    def _serve(self, request: Mapping[str, Any]) -> Outcome:
        channel, events, folder = self._channel, self._events, self._folder
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
