"""Stands between a runner and the outer task, whose connections may drop: the runner never notices.

Contract
    run by      the listener, which leaves `Link` and `frame` (link.py), `server`, `connection` and `load`:
                `bootstrap` the runner's, `echo` whether log lines are printed too, `patience` seconds that it waits for
                the outer task to come again, `grace` those that a runner has to end by itself then, `result` the file
                for what a detached task tells
    says        b"1" to whoever connects again; the last one that came is the outer task, which answers each heartbeat
    runs        the runner, and passes its input and output on
    ends        when the outer task has heard how the runner ended; when the outer task does not come again: the
                runner's input is closed then, at which it ends the task, and is killed where it does not end by that;
                when it is told to (SIGTERM), in the same way
    detached    behind a `detached` event that was heard nobody listens, and what the task tells is written to `result`.
                Who has acknowledged all before that is told so by a frame Q, and may leave then
    needs       Python 3.9 or later, the standard library only
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from typing import Any

Link: Any = globals().get("Link")
frame: Any = globals().get("frame")

HEARTBEAT = 15
"""Seconds after which either side says that it is still there: proxies drop connections that are silent for long."""

SILENCE = 300
"""Seconds without a word from an outer task that answers each heartbeat, after which its connection counts as dropped:
longer than it may take to answer a question."""

HELD = 4 << 20
"""Bytes that are kept for an outer task that is away; with more the runner has to wait."""

WORDS = 16 << 10


class Frames:
    """Splits the runner's output into its messages (wire/frames.py)."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[bytes]:
        self._held += data
        found = []
        while len(self._held) >= 4:
            end = 4 + int.from_bytes(self._held[:4], "big")
            if len(self._held) < end:
                break
            found.append(self._held[4:end])
            self._held = self._held[end:]
        return found


class Porter:
    def __init__(self, server: socket.socket, connection: socket.socket, load: dict[str, Any]) -> None:
        self.server, self.load = server, load
        if load["echo"]:  # whatever the image's locale is, and whatever a task logs
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
        self.link, self.frames = Link(), Frames()
        self.connection: socket.socket | None = None
        self.out = bytearray()
        self.to_runner = bytearray()
        self.kept: list[Any] | None = None
        self.words = b""
        self.lost = self.spoke = self.heard = time.monotonic()
        self.ended: dict[str, Any] | None = None
        self.finished = self.stopped = False
        self.killed_before = kills()
        self.runner = subprocess.Popen(
            [sys.executable, "-c", load["bootstrap"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        for pipe in (self.runner.stdin, self.runner.stdout, self.runner.stderr):
            os.set_blocking(pipe.fileno(), False)  # type: ignore[union-attr]
        self.wake_reader, self.wake_writer = os.pipe()
        os.set_blocking(self.wake_writer, False)
        signal.set_wakeup_fd(self.wake_writer)
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.join(connection)

    def join(self, connection: socket.socket) -> None:
        """From now on this connection is the outer task's."""
        if self.connection is not None:
            self.connection.close()
        connection.setblocking(False)
        self.connection, self.out = connection, bytearray(self.link.connected())
        self.heard = time.monotonic()

    def part(self) -> None:
        """The connection is gone."""
        if self.connection is not None:
            self.connection.close()
        self.connection, self.lost = None, time.monotonic()

    def stop(self, *_: Any) -> None:
        """The container is to end."""
        self.stopped = True
        self.hang_up()

    def hang_up(self) -> None:
        """Closes the runner's input: it ends its task, which gets the time to clean up, and then itself."""
        with contextlib.suppress(OSError, AttributeError):
            self.runner.stdin.close()  # type: ignore[union-attr]
        self.to_runner.clear()

    def serve(self) -> int:
        """:returns: the exit code: 0 where what the task told has been heard or kept"""
        while not self.finished:
            self.wait()
            self.reap()
            now = time.monotonic()
            if self.connection is not None and now - self.spoke > HEARTBEAT:
                self.say(self.link.acknowledge())
            if self.connection is not None and now - self.heard > SILENCE:
                self.part()  # it is open, and nobody is at its other end
            if self.ended is not None and self.kept is not None and not self.link.waiting:
                return 0
            if self.ended is not None and self.stopped and self.awaited:
                return 143  # whoever has told us to end does not come to hear it
            if self.awaited and now - self.lost > self.load["patience"]:
                if self.ended is not None:
                    return 1
                self.hang_up()
                if now - self.lost > self.load["patience"] + self.load["grace"]:
                    self.runner.kill()
        return 0

    @property
    def awaited(self) -> bool:
        """Whether the outer task is away and must come again: to hear the end, or that the task goes on alone."""
        return self.connection is None and (self.kept is None or self.link.waiting > 0)

    def wait(self) -> None:
        """Waits for whatever comes next, and deals with it."""
        ready, writable, _ = select.select(*self.interests(), [], 1)
        if self.wake_reader in ready:
            os.read(self.wake_reader, 4096)
        if self.runner.stderr in ready:
            self.hear_words()
        if self.runner.stdout in ready:
            self.hear_runner()
        if self.runner.stdin in writable:
            self.feed_runner()
        if self.connection in writable:
            self.flush()
        if self.connection in ready:
            self.hear_outer()
        if self.server in ready:
            self.accept()

    def interests(self) -> tuple[list[Any], list[Any]]:
        """What is waited for: to be read, to be written to."""
        readers: list[Any] = [self.server, self.wake_reader]
        writers: list[Any] = []
        if self.connection is not None:
            readers.append(self.connection)
            if self.out:
                writers.append(self.connection)
        if self.ended is None:
            readers.append(self.runner.stderr)
            if self.link.waiting < HELD and self.runner.stdout is not None:
                readers.append(self.runner.stdout)
            if self.to_runner and self.runner.stdin is not None and not self.runner.stdin.closed:
                writers.append(self.runner.stdin)
        return readers, writers

    def accept(self) -> None:
        """Somebody connects again."""
        connection, _ = self.server.accept()
        with contextlib.suppress(OSError):
            connection.sendall(b"1")
            self.join(connection)

    def say(self, data: bytes) -> None:
        if self.connection is not None:
            self.out += data
            self.spoke = time.monotonic()
            self.flush()

    def flush(self) -> None:
        try:
            while self.out and self.connection is not None:
                del self.out[: self.connection.send(self.out[: 1 << 18])]
        except BlockingIOError:
            return
        except OSError:
            self.part()

    def hear_outer(self) -> None:
        if self.connection is None:  # a write has found it gone
            return
        try:
            data = self.connection.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.part()
            return
        self.heard = time.monotonic()
        try:
            found, answer = self.link.feed(data)
        except ValueError:  # it is not our outer task
            self.part()
            return
        self.say(answer)
        for kind, body in found:
            if kind == b"D":
                self.to_runner += body
            elif kind == b"Q":
                self.finished = True
        if any(kind == b"D" for kind, _ in found):
            self.say(self.link.acknowledge())
        if self.kept is not None and not self.link.waiting:
            self.say(frame(b"Q"))

    def feed_runner(self) -> None:
        try:
            del self.to_runner[: os.write(self.runner.stdin.fileno(), self.to_runner[: 1 << 16])]  # type: ignore[union-attr]
        except BlockingIOError:
            return
        except (OSError, ValueError):  # it has ended, or its input is closed
            self.to_runner.clear()

    def hear_runner(self) -> bool:
        """:returns: whether there may be more"""
        try:
            data = os.read(self.runner.stdout.fileno(), 1 << 18)  # type: ignore[union-attr]
        except BlockingIOError:
            return False
        if not data:
            self.runner.stdout = None
            return False
        if not self.load["echo"] and not self.load["result"]:
            self.say(self.link.send(data))
            return True
        for message in self.frames.feed(data):
            self.pass_on(message)
        return True

    def pass_on(self, message: bytes) -> None:
        if self.kept is None:
            self.say(self.link.send(len(message).to_bytes(4, "big") + message))
        event = json.loads(message)
        if self.load["echo"] and event.get("event") == "log":
            print(
                event["message"], event.get("exception") or "", sep="\n" if event.get("exception") else "", flush=True
            )
        if self.kept is not None and event.get("event") != "log":
            self.kept.append(event)
        if event.get("event") == "detached":
            self.kept = []

    def hear_words(self) -> bool:
        try:
            data = os.read(self.runner.stderr.fileno(), 1 << 16)  # type: ignore[union-attr]
        except BlockingIOError:
            return False
        self.words = (self.words + data)[-WORDS:]
        if data:
            os.write(2, data)
        return bool(data)

    def reap(self) -> None:
        """Takes note of the runner's end, and of that of whatever its task has left to us."""
        if self.ended is not None or self.runner.poll() is None:
            return
        while self.runner.stdout is not None and self.hear_runner():
            pass
        while self.hear_words():
            pass
        self.ended = {
            "code": self.runner.returncode,
            "out_of_memory": self.runner.returncode == -signal.SIGKILL and kills() > self.killed_before,
            "stopped": self.stopped,
            "last_words": self.words.decode("utf-8", "replace"),
        }
        if self.kept is None:
            self.say(self.link.end(json.dumps(self.ended).encode()))
        else:
            self.write_result()

    def write_result(self) -> None:
        """Whole or not at all: somebody may be reading."""
        path = self.load["result"]
        with open(path + ".new", "w") as file:
            json.dump({"events": self.kept, "ending": self.ended}, file)
        os.replace(path + ".new", path)


def kills() -> int:
    """How many processes of this container were killed at its memory limit (cgroup v2, v1)."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        with contextlib.suppress(OSError, ValueError), open(path) as events:
            return sum(int(line.split()[1]) for line in events if line.startswith("oom_kill "))
    return 0


if "load" in globals():
    sys.exit(Porter(globals()["server"], globals()["connection"], globals()["load"]).serve())
