"""What a program that a task starts takes for its supervisor, as Airflow does for functions in other interpreters.

Contract: Airflow in that interpreter finds a socket as its standard input (`task_runner.reinit_supervisor_comms`), and
what it asks there is answered as the task itself is answered. From 3.0.3 on; earlier ones talk by another protocol, and
find nothing.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import closing, contextmanager
from typing import Any, Callable, Iterator

from airlock_runtime.airflow.elsewhere import elsewhere_base
from airlock_runtime.runner.airflow3.comms import Comms
from airlock_runtime.runner.airflow3.logs import JsonLines
from airlock_runtime.runner.channel import Refused
from airlock_runtime.runner.events import Events

_LAST_WORDS = 1.0
"""Seconds for what a program that has ended has logged, where another one that it started holds its log."""


@contextmanager
def supervised(task: Any, comms: Comms, events: Events) -> Iterator[None]:
    """Has the programs of such a task find a supervisor; others find nothing to read, as ever."""
    from airflow.sdk.execution_time import comms as protocol

    if elsewhere_base(task) is None or not hasattr(protocol, "_RequestFrame"):
        yield
        return
    ours, theirs = socket.socketpair()
    logs: list[threading.Thread] = []
    _start(_serve, ours, comms, lambda lines: logs.append(_start(_tell, lines, events)))
    before = os.dup(0)
    os.dup2(theirs.fileno(), 0)
    try:
        yield
    finally:
        os.dup2(before, 0)
        os.close(before)
        theirs.close()
        for log in logs:
            log.join(_LAST_WORDS)


def _start(target: Any, *args: Any) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, name="airlock-supervisor", daemon=True)
    thread.start()
    return thread


def _serve(requests: socket.socket, comms: Comms, follow: Callable[[socket.socket], None]) -> None:
    """Until no program holds the other end any more."""
    import msgspec
    from airflow.sdk.execution_time import comms as protocol
    from pydantic import TypeAdapter

    decoder, messages = msgspec.msgpack.Decoder(protocol._RequestFrame), TypeAdapter(protocol.ToSupervisor)
    with closing(requests), requests.makefile("rb") as stream:
        while length := stream.read(4):
            request = decoder.decode(stream.read(int.from_bytes(length, "big")))
            message = messages.validate_python(request.body)
            if isinstance(message, protocol.ResendLoggingFD):
                _send_log(requests, request.id, follow)
            else:
                requests.sendall(_response(request.id, **_answered(comms, message)))


def _answered(comms: Comms, message: Any) -> dict[str, Any]:
    from airflow.sdk.exceptions import ErrorType
    from airflow.sdk.execution_time.comms import ErrorResponse

    try:
        answer = comms.send(message)
    except (Exception, Refused) as error:
        refused = ErrorResponse(error=ErrorType.GENERIC_ERROR, detail={"message": str(error)})
        return {"error": refused.model_dump()}
    return {"body": None if answer is None else answer.model_dump(by_alias=True)}


def _response(number: int, **fields: Any) -> bytes:
    from airflow.sdk.execution_time import comms as protocol

    return bytes(protocol._ResponseFrame(id=number, **fields).as_bytes())


def _send_log(requests: socket.socket, number: int, follow: Callable[[socket.socket], None]) -> None:
    """A descriptor for the program's own log, whose lines are told as the task's are."""
    from airflow.sdk.execution_time.comms import SentFDs

    lines, log = socket.socketpair()
    follow(lines)
    with closing(log):
        frame = _response(number, body=SentFDs(fds=[log.fileno()]).model_dump())
        socket.send_fds(requests, [frame], [log.fileno()])


def _tell(lines: socket.socket, events: Events) -> None:
    sink = JsonLines(events)
    with closing(lines):
        while data := lines.recv(1 << 16):
            sink.write(data)
