"""What stands in a container, as real processes without one: the listener, which becomes the porter, and relays to it."""

from __future__ import annotations

import os
import secrets
import select
import signal
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable

from conftest import TESTS

from airlock_runtime.carriers.link_stream import Gone, LinkStream
from airlock_runtime.launch.archive import source_of
from airlock_runtime.launch.stream import Ending


class Relay:
    """A connection through a relay process, which can be cut off at a byte.

    :param sent: bytes after which it is, on the way in
    :param received: bytes after which it is, on the way out
    """

    def __init__(self, name: str, env: dict[str, str], sent: int | None = None, received: int | None = None) -> None:
        self._sent, self._received = sent, received
        self.process = subprocess.Popen(
            [sys.executable, "-c", source_of("inside/relay.py"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            bufsize=0,
        )

    def receive(self, seconds: float) -> bytes | None:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return None
        data = self.process.stdout.read(1 << 16) or b""
        if self._received is not None:
            self._received -= len(data)
            if self._received <= 0:
                self.process.kill()
        return data

    def send(self, data: bytes) -> None:
        assert self.process.stdin is not None
        allowed = data if self._sent is None else data[: self._sent]
        rest = memoryview(allowed)
        while rest:
            rest = rest[self.process.stdin.write(rest) or 0 :]
        if self._sent is not None:
            self._sent -= len(allowed)
            if self._sent <= 0:
                self.process.kill()
                raise BrokenPipeError("cut off")

    def close(self) -> None:
        with suppress(OSError):
            self.process.stdin.close()  # type: ignore[union-attr]

    def end(self) -> None:
        with suppress(OSError):
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]

    def complaint(self) -> str:
        assert self.process.stderr is not None
        return (self.process.stderr.read() or b"").decode()


class Container:
    """A context manager that leaves no process behind.

    :param root: for its temporary files
    :param listener: changes the listener's text
    :param arguments: the listener's, behind its name
    """

    def __init__(
        self, root: Path, *arguments: str, env: dict[str, str] | None = None, listener: Callable[[str], str] = str
    ) -> None:
        self.name = secrets.token_hex(4)
        self.temporary = root / "tmp"
        self.temporary.mkdir(exist_ok=True)
        self.folder = self.temporary / f"airlock-{self.name}"
        home = str(root)
        self.env = {**os.environ, "AIRFLOW_HOME": home, "PYTHONPATH": str(TESTS / "image"), **(env or {})}
        self.env["TMPDIR"] = str(self.temporary)
        self.relays: list[Relay] = []
        self._output = root / "output"
        with self._output.open("wb") as output:
            self.listener = subprocess.Popen(
                [sys.executable, "-c", listener(source_of("inside/listener.py")), self.name, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.env,
            )
        self._watcher = threading.Thread(target=self._end_relays)
        self._watcher.start()

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.kill()
        self._watcher.join()
        for relay in self.relays:
            relay.end()

    def dial(self, **cut: int) -> Relay:
        """:raises Gone: where the listener has ended"""
        if self.listener.poll() is not None:
            raise Gone
        relay = Relay(self.name, self.env, **cut)
        self.relays.append(relay)
        return relay

    def stream(self, *cuts: dict[str, int], **options: Any) -> LinkStream:
        """:param cuts: of its first connections, one each; those that follow hold"""
        waiting = list(cuts)
        options = {"limit": 1 << 24, **options}
        return LinkStream(lambda: self.dial(**(waiting.pop(0) if waiting else {})), self.ending, **options)

    def ending(self) -> Ending:
        return Ending(self.listener.wait())

    def terminate(self) -> None:
        self.listener.send_signal(signal.SIGTERM)

    @property
    def output(self) -> str:
        """What its own standard output and error have."""
        return self._output.read_text("utf-8", "replace")

    @property
    def mode(self) -> int:
        return stat.S_IMODE(self.folder.stat().st_mode)

    def _end_relays(self) -> None:
        """As the end of a container's first process ends all others."""
        self.listener.wait()
        for relay in list(self.relays):
            with suppress(OSError):
                relay.process.kill()
