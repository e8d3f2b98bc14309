"""Standard input, output and error of the process: the first two become the channel, what is printed becomes events.

Contract: after `claim`, descriptor 0 reads nothing, and 1 and 2 are pipes whose lines become log events, whoever
writes them (the task, its threads, programs that it starts). Nothing that is printed can look like a frame.
"""

from __future__ import annotations

import fcntl
import io
import os
import select
import sys
import threading
from contextlib import suppress
from typing import Any, Callable, Iterator, NoReturn

from airlock_runtime.runner.channel import Channel

LINE_LIMIT = 16 * 1024
"""A longer line is told in parts, as container runtimes do."""

_PIPE_SIZE = 1 << 20
"""The most that a pipe holds (Linux: /proc/sys/fs/pipe-max-size)."""

_SET_PIPE_SIZE = 1031
"""`F_SETPIPE_SZ` of Linux, which `fcntl` names from Python 3.10 on. A larger pipe is read in larger parts."""

_PART = 1 << 18

OnLines = Callable[[str, str], None]
"""Takes the name of the stream and whole lines of it, joined by newlines: a task may print millions."""


def claim(limit: int) -> Channel:
    """Takes standard input and output for the channel; until they are captured, prints go to standard error."""
    return Channel(*claimed(), limit)


def claimed() -> tuple[int, int]:
    """Private copies of standard input and output, which are then empty and standard error."""
    copies = os.dup(0), os.dup(1)
    _widen(copies[1])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return copies


def _widen(fd: int) -> None:
    """Has a pipe hold more, so that who writes and who reads need not take turns; anything else is as it was."""
    with suppress(OSError, ValueError):  # no pipe, or more than this user may have
        fcntl.fcntl(fd, _SET_PIPE_SIZE, _PIPE_SIZE)


class CapturedOutput:
    """Reads what is printed and tells it by line, from the construction to `drain`."""

    def __init__(self, on_lines: OnLines) -> None:
        self._reading = threading.RLock()
        self._pipes = [_Pipe(1, "stdout", on_lines), _Pipe(2, "stderr", on_lines)]
        self._stop_reader, self._stop_writer = os.pipe()
        self._thread = threading.Thread(target=self._read, name="airlock-output", daemon=True)
        self._thread.start()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)

    def catch_up(self) -> None:
        """Tells what has been printed up to now, so that a log line does not overtake it."""
        if os.getpid() == self._pipes[0].process:
            with self._reading:
                for pipe in self._pipes:
                    pipe.read_available()

    def told_before(self, leave: Callable[[int], NoReturn]) -> Callable[[int], NoReturn]:
        """`os._exit` for a task that calls it: what it has printed is told first."""

        def exit_when_told(status: int) -> NoReturn:
            self.catch_up()
            leave(status)

        return exit_when_told

    def drain(self) -> None:
        """Tells all that has been printed so far, and lets go of both streams.

        Does not wait for programs that the task left running and that hold them.
        """
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):  # the task may have closed or replaced it
                stream.flush()
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        os.write(self._stop_writer, b"!")
        self._thread.join()
        self.catch_up()
        for pipe in self._pipes:
            pipe.end()

    def _read(self) -> None:
        open_pipes = list(self._pipes)
        while open_pipes:
            waiting: list[Any] = [*open_pipes, self._stop_reader]
            ready = select.select(waiting, [], [])[0]
            if self._stop_reader in ready:
                return
            with self._reading:
                open_pipes = [pipe for pipe in open_pipes if pipe not in ready or pipe.read_available()]


class _Pipe:
    """One stream: a pipe in its place, and the lines that came out of it."""

    def __init__(self, fd: int, name: str, on_lines: OnLines) -> None:
        self.process = os.getpid()
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        _widen(writer)
        os.dup2(writer, fd)
        os.close(writer)
        self._name = name
        self._on_lines = on_lines
        self._held = b""

    def fileno(self) -> int:
        return self._reader

    def read_available(self) -> bool:
        """Tells what is there, without waiting for more.

        :returns: False where nobody can write any more
        """
        left = _PIPE_SIZE  # so that a program that floods the pipe does not keep us here
        while left > 0:
            try:
                part = os.read(self._reader, _PART)
            except BlockingIOError:
                return True
            if not part:
                return False
            left -= len(part)
            self._feed(part)
        return True

    def end(self) -> None:
        """Tells a last line that has no end."""
        if self._held:
            self._tell(self._held)
        self._held = b""

    def _feed(self, part: bytes) -> None:
        whole, newline, self._held = (self._held + part).rpartition(b"\n")
        if newline:
            self._tell(whole)
        while len(self._held) > LINE_LIMIT:
            head, self._held = _cut(self._held)
            self._tell(head)

    def _tell(self, lines: bytes) -> None:
        if _has_long(lines):
            lines = b"\n".join(_short(lines.split(b"\n")))
        self._on_lines(self._name, lines.decode("utf-8", "replace").replace("\r\n", "\n").removesuffix("\r"))


def _has_long(lines: bytes) -> bool:
    """Whether one of them is over the limit; looks at few of the bytes."""
    start = 0
    while start + LINE_LIMIT < len(lines):
        end = lines.rfind(b"\n", start, start + LINE_LIMIT + 1)
        if end < 0:
            return True
        start = end + 1
    return False


def _short(lines: list[bytes]) -> Iterator[bytes]:
    for line in lines:
        rest = line
        while len(rest) > LINE_LIMIT:
            head, rest = _cut(rest)
            yield head
        yield rest


def _cut(line: bytes) -> tuple[bytes, bytes]:
    """At a space where there is one near: a secret that straddled the cut would not be known as one."""
    at = line.rfind(b" ", LINE_LIMIT // 2, LINE_LIMIT) + 1 or LINE_LIMIT
    return line[:at], line[at:]
