"""The outer task's end of a link into a container: a stream that survives connections that drop.

Contract: `inside/link.py`. A connection is dialled anew until the container is gone, or nobody there answers for
`patience` seconds.
"""

from __future__ import annotations

import json
import time
from typing import Callable, Protocol

from airlock_runtime.inside.link import Link, frame
from airlock_runtime.launch.archive import runner_archive, source_of
from airlock_runtime.launch.errors import IsolationError
from airlock_runtime.launch.stream import Ending

PATIENCE = 300
"""Seconds that either side waits for the other to come again."""

GRACE = 10
"""Seconds that a task has to end by itself when nobody waits for it any more (runner/abandoned.py takes 3 of them)."""

SILENCE = 60
"""Seconds without a sign of life (inside/porter.py gives one every 15) after which a connection counts as dropped."""


class Gone(Exception):
    """The container has ended: nobody can be reached in it any more."""


class Connection(Protocol):
    def receive(self, seconds: float) -> bytes | None:
        """What has come; `b""` at the end, None where nothing came for so long."""

    def send(self, data: bytes) -> None:
        """:raises OSError: where the connection is gone"""

    def close(self) -> None:
        """Any thread."""

    def complaint(self) -> str:
        """What the program at the other end said in plain words."""


class LinkStream:
    """
    :param dial: connects to the relay in the container; raises `Gone` where that has ended, `OSError` where it failed
    :param ended: how the container ended, where the porter could not say it
    :param echo: whether the container's own output has the log lines, too
    :param result: the file for what a detached task tells
    :param patience: seconds that either side waits for the other to come again
    :param grace: seconds that the task has to end by itself where the outer task does not come again
    :param silence: seconds without a sign of life after which a connection counts as dropped
    """

    def __init__(
        self,
        dial: Callable[[], Connection],
        ended: Callable[[], Ending],
        *,
        limit: int,
        echo: bool = False,
        result: str | None = None,
        patience: float = PATIENCE,
        grace: float = GRACE,
        silence: float = SILENCE,
    ) -> None:
        self._dial, self._ended = dial, ended
        self._patience, self._silence = patience, silence
        self._link = Link()
        self._load = {"echo": echo, "result": result, "patience": patience, "grace": grace}
        self._incoming = bytearray()
        self._connection: Connection | None = None
        self._ending: Ending | None = None
        self._closed = self._settled = False
        archive = runner_archive()
        self.write(f"AIRLOCK {len(archive)} {limit}\n".encode() + archive)

    def read(self, size: int) -> bytes:
        while not self._incoming and not self._closed:
            if self._ending is not None:
                return b""
            self._receive()
        part = bytes(self._incoming[:size])
        del self._incoming[:size]
        return part

    def write(self, data: bytes) -> None:
        for start in range(0, len(data), 1 << 20):
            self._say(self._link.send(data[start : start + (1 << 20)]))

    def settle(self) -> None:
        """Comes back when the container knows that a detached task's words have come: else it would wait for us.

        :raises IsolationError: where nobody there can be reached any more
        """
        while not self._settled and self._ending is None and not self._closed:
            self._receive()

    def close(self) -> None:
        """Hangs up; whoever carries the container ends it."""
        self._closed = True
        if self._connection is not None:
            self._connection.close()

    def ending(self) -> Ending:
        return self._ending or self._ended()

    def _say(self, data: bytes) -> None:
        """What does not get through now is sent again on the next connection."""
        if self._connection is None or not data:
            return
        try:
            self._connection.send(data)
        except OSError:
            self._drop()

    def _receive(self) -> None:
        if self._connection is None:
            try:
                self._connect()
            except Gone:
                self._ending = self._ended()
                return
        connection = self._connection
        try:
            data = connection.receive(self._silence) if connection else None
        except OSError:
            data = None
        if not data:
            self._drop()
            return
        self._heed(data)

    def _heed(self, data: bytes) -> None:
        """:raises IsolationError: where it comes from somebody else"""
        try:
            found, answer = self._link.feed(data)
        except ValueError as error:
            raise IsolationError(f"What answers in the container is not this task's: {error}") from error
        for kind, body in found:
            if kind == b"D":
                self._incoming += body
            elif kind == b"E":
                self._ending = Ending(**json.loads(body))
                answer += frame(b"Q")
            elif kind == b"Q":
                self._settled = True
        if self._ending is None:  # what has come, or a heartbeat: the porter hears that somebody is there
            answer += self._link.acknowledge()
        self._say(answer)

    def _connect(self) -> None:
        """
        :raises Gone: where the container has ended
        :raises IsolationError: where nobody in it answers
        """
        end, pause = time.monotonic() + self._patience, 0.1
        while not self._closed:
            try:
                self._connection = connection = self._dial()
                self._greet(connection)
                return
            except OSError as error:
                self._drop()
                if time.monotonic() > end:
                    raise IsolationError(f"Nobody in the container can be reached any more: {error}") from error
            time.sleep(pause)
            pause = min(pause * 2, 5)

    def _greet(self, connection: Connection) -> None:
        """Sends the porter to a listener that has none yet, and says what has been received so far.

        :raises OSError: where neither a listener nor a porter answers
        """
        who = connection.receive(self._silence)
        if not who:
            raise OSError(connection.complaint() or "no answer")
        if who[:1] not in (b"0", b"1"):
            raise OSError(f"neither a listener nor a porter of this Airlock answers, but {who[:200]!r}")
        if who[:1] == b"0":
            load = {
                **self._load,
                **{name: source_of(f"inside/{name}.py") for name in ("link", "porter", "bootstrap")},
            }
            text = json.dumps(load).encode()
            connection.send(b"%08d" % len(text) + text)
        connection.send(self._link.connected())
        if who[1:]:
            self._heed(who[1:])

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
