"""Forks a child for each request, from a process that has imported what all of them need.

Contract
    in, out      packets: 4 bytes number of the child, 1 byte kind, 4 bytes length (big-endian), and that many bytes
    kinds in     DATA for a child's standard input, forked when its number comes first; END of that input;
                 of child 0: DATA, that whoever sends is still there; END, that it is to end with its children
    kinds out    DATA of its standard output; ERROR of its standard error; EXIT, JSON `{code, oom}`, its last packet
    a child      speaks the runner's protocol, as if it were a process of its own; as its own it has memory, streams and
                 signals, and it shares the container's files
    ends         when no child runs and none comes for a while, with its client where no other can come, and with its
                 children when nobody is heard for the lease
"""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import time
from contextlib import suppress
from os import _exit as leave
from typing import Any, Callable, Iterator

from airlock_runtime.runner.clients import Clients
from airlock_runtime.wire.processes import descendants, kill_all

DATA, ERROR, EXIT, END = 1, 2, 3, 4
_HEAD = struct.Struct(">IBI")
_PART = 1 << 18
_GRACE = 4.0
"""Seconds that children have to end when it is to end (runner/abandoned.py takes 3 of them)."""

_OOM_COUNTS = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
"""Of version 2 and 1 of control groups; each has a line `oom_kill <number>`."""


class ForkServer:
    """
    :param ends: called before the process ends
    :param idle: seconds that it waits for a child to begin
    :param lease: seconds without a word after which its client is taken for gone
    :param once: whether it ends with its first child
    """

    def __init__(
        self, clients: Clients, idle: float, lease: float, ends: Callable[[], None], once: bool = False
    ) -> None:
        self._clients = clients
        self._idle, self._lease, self._ends, self._once = idle, lease, ends, once
        self._leaving = False
        self._children: dict[int, _Child] = {}
        self._heard = time.monotonic()
        self._buffer = b""
        self._ended, self._woken = os.pipe()
        self._ooms = _oom_kills()

    def serve(self) -> None:
        """Serves until it ends the process. Returns in the children, whose descriptors 0, 1 and 2 are their own."""
        for fd in (self._ended, self._woken):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(self._woken)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while True:
            streams = {fd: (number, kind) for number, child in self._children.items() for fd, kind in child.streams}
            waited: list[Any] = [self._clients, self._ended, *streams]
            ready = select.select(waited, [], [], max(0, self._patience()))[0]
            if not ready and self._patience() <= 0:
                self._leave()
            for fd in streams.keys() & set(ready):
                number, kind = streams[fd]
                for part in self._children[number].read(fd, kind):
                    self._send(number, kind, part)
            if self._ended in ready:
                with suppress(BlockingIOError):
                    os.read(self._ended, 1 << 12)
                self._bury()
                if self._leaving and not self._children:
                    self._leave()
            if self._clients in ready and self._take_in():
                return

    def _patience(self) -> float:
        """Seconds until it gives up."""
        patience = _GRACE if self._leaving else self._lease if self._children else self._idle
        return self._heard + patience - time.monotonic()

    def _take_in(self) -> bool:
        """Reads what has come. Whether this is a child now."""
        part = self._clients.take(_PART)
        self._heard = time.monotonic()
        if part == b"":
            self._client_gone()
        self._buffer += part or b""
        while len(self._buffer) >= _HEAD.size:
            number, kind, length = _HEAD.unpack_from(self._buffer)
            if len(self._buffer) < _HEAD.size + length:
                break
            payload = self._buffer[_HEAD.size : _HEAD.size + length]
            self._buffer = self._buffer[_HEAD.size + length :]
            if number and self._give(number, kind, payload):
                return True
            if not number and kind == END:
                self._end()
        return False

    def _client_gone(self) -> None:
        """Its children end; another client may come."""
        if not self._clients.forget():
            self._leave()
        self._buffer = b""
        for child in self._children.values():
            child.heard = False
            child.hang_up()

    def _end(self) -> None:
        """When its children have."""
        if not self._children:
            self._leave()
        self._leaving = True
        for child in self._children.values():
            child.hang_up()

    def _give(self, number: int, kind: int, payload: bytes) -> bool:
        child = self._children.get(number)
        if child is None:
            if kind != DATA:  # it has ended meanwhile
                return False
            child = self._fork()
            if child is None:
                return True
            self._children[number] = child
        if kind == END:
            child.hang_up()
        else:
            child.write(payload)
        return False

    def _fork(self) -> _Child | None:
        """The child, or None in it."""
        stdin, stdout, stderr = os.pipe(), os.pipe(), os.pipe()
        pid = os.fork()
        if pid:
            for fd in (stdin[0], stdout[1], stderr[1]):
                os.close(fd)
            return _Child(pid, stdin[1], stdout[0], stderr[0])
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for target, fd in enumerate((stdin[0], stdout[1], stderr[1])):
            os.dup2(fd, target)
        others = [fd for child in self._children.values() for fd in child.descriptors()]
        for fd in {*stdin, *stdout, *stderr, *others, self._ended, self._woken} - {0, 1, 2}:
            os.close(fd)
        self._clients.close()
        return None

    def _bury(self) -> None:
        """Tells of the children that have ended, after the last that they said."""
        for number, child in list(self._children.items()):
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if not pid:
                continue
            for fd, kind in list(child.streams):
                while part := next(child.read(fd, kind), b""):
                    self._send(number, kind, part)
            code = os.waitstatus_to_exitcode(status)
            ooms, self._ooms = self._ooms, _oom_kills()
            told = {"code": 128 - code if code < 0 else code, "oom": self._ooms > ooms}
            self._send(number, EXIT, json.dumps(told).encode())
            child.close()
            del self._children[number]
            self._leaving = self._leaving or self._once

    def _send(self, number: int, kind: int, payload: bytes) -> None:
        if not self._children[number].heard:
            return
        self._clients.send(_HEAD.pack(number, kind, len(payload)) + payload)

    def _leave(self) -> None:
        kill_all(descendants(os.getpid()))
        self._ends()
        leave(0)


class _Child:
    """A forked process, and our ends of its streams."""

    def __init__(self, pid: int, stdin: int, output: int, errors: int) -> None:
        self.pid = pid
        self.streams = [(output, DATA), (errors, ERROR)]
        """What it may still write to, and of which kind that is."""
        self.heard = True
        """Whether the client that it was begun by is there."""
        self._stdin: int | None = stdin
        for fd in (output, errors):
            os.set_blocking(fd, False)

    def write(self, payload: bytes) -> None:
        """Waits until it is taken: a child reads its input in a thread of its own."""
        left = memoryview(payload)
        with suppress(BrokenPipeError):
            while left and self._stdin is not None:
                left = left[os.write(self._stdin, left) :]

    def hang_up(self) -> None:
        if self._stdin is not None:
            os.close(self._stdin)
        self._stdin = None

    def read(self, fd: int, kind: int) -> Iterator[bytes]:
        """What it has written there, at most one part; forgets a stream that has ended."""
        with suppress(BlockingIOError):
            part = os.read(fd, _PART)
            if part:
                yield part
            else:
                self.streams.remove((fd, kind))
                os.close(fd)

    def descriptors(self) -> list[int]:
        streams = [fd for fd, _ in self.streams]
        return streams if self._stdin is None else [self._stdin, *streams]

    def close(self) -> None:
        for fd in self.descriptors():
            os.close(fd)


def _oom_kills() -> int:
    """How many processes of this container the kernel has killed for want of memory."""
    for file in _OOM_COUNTS:
        with suppress(OSError), open(file) as counts:
            for name, number in (line.split() for line in counts if len(line.split()) == 2):
                if name == "oom_kill":
                    return int(number)
    return 0
