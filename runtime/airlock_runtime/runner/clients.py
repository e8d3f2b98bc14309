"""Whoever a waiting runner talks to: one that has its standard input and output, or one after another on a socket.

Contract: at a time there is one at most. Descriptors are not inherited by programs.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress


def listen(path: str) -> socket.socket:
    """A unix socket that nobody but this user may connect to, as its folder lets nobody else in."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen()
    return listener


class Clients:
    """
    :param read_fd: of the client that is there already, as is `write_fd`
    :param listener: where others come to when that one is gone; nobody does where it is None
    """

    def __init__(self, read_fd: int | None, write_fd: int | None, listener: socket.socket | None = None) -> None:
        self._in, self._out, self._listener = read_fd, write_fd, listener

    def fileno(self) -> int:
        """What is ready to read when `take` has something to do."""
        if self._in is not None:
            return self._in
        assert self._listener is not None
        return self._listener.fileno()

    def close(self) -> None:
        """Closes it all, in a forked child that has no business with it."""
        for fd in {self._in, self._out} - {None, 0, 1, 2}:
            os.close(fd)  # type: ignore[arg-type]  # None is left out
        if self._listener is not None:
            self._listener.close()

    def take(self, size: int) -> bytes | None:
        """What the client says.

        :returns: None where one has come just now, and empty bytes where it is gone
        """
        if self._in is None:
            assert self._listener is not None
            self._in = self._out = self._listener.accept()[0].detach()
            return None
        try:
            return os.read(self._in, size)
        except ConnectionError:
            return b""

    def send(self, packet: bytes) -> None:
        """Waits until it is taken; what nobody listens to is lost."""
        rest = memoryview(packet)
        with suppress(BrokenPipeError, ConnectionError):
            while rest and self._out is not None:
                rest = rest[os.write(self._out, rest) :]

    def forget(self) -> bool:
        """Lets go of one that is gone. Whether another may come."""
        if self._listener is None:
            return False
        if self._in is not None:
            os.close(self._in)
        self._in = self._out = None
        return True
