"""The other interpreter as a process: a request goes to its standard input, the answer comes over a pipe of its own.

Contract: what it prints goes where this process's own prints go. It never outlives the call: whatever ends that (an
answer, a time-out, a signal's exception) ends it, with the programs that it started and that stayed in its group.
"""

from __future__ import annotations

import json
import logging
import os
import select
import shutil
import signal
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, Mapping

from airlock_runtime.wire.frames import FrameError, FrameTooLarge, read_frame
from airlock_runtime.wire.outcome import Failure

_PACKAGE = "airlock_runtime.runner.other_python.there"
_PARTS = ("answers", "boot", "callables", "context", "errors", "serve", "values", "zones")

_GRACE = 3.0
"""Seconds between SIGTERM and SIGKILL."""

_LOOK_EVERY = 1.0
"""Seconds: a program that the function left running may hold the pipe open after the interpreter has died."""


class Interpreter:
    """
    :param name: its name on PATH, or its path
    :param place: the user's file and line that names it
    :raises Failure: `interpreter_not_found`
    """

    def __init__(self, name: str, place: tuple[str, int] | None) -> None:
        self.name = name
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None
        path = shutil.which(name)
        if path is None:
            raise self._not_found("is no program that can be run")
        self._path = path

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What `there/serve.py` answers; its log records are logged here.

        :raises Failure: `interpreter_not_found`, `interpreter_ended`, `too_large`
        """
        reader, writer = os.pipe()
        with os.fdopen(reader, "rb", buffering=0) as answers:
            try:
                process = self._start(writer)
                _send(process, {**request, "answer": writer, "runtime": _runtime()})
                answer = self._receive(process, answers.fileno())
                with suppress(subprocess.TimeoutExpired):  # it ends by itself when it has answered
                    process.wait(_GRACE)
                return answer
            finally:
                self.end()

    def end(self) -> None:
        """Ends the interpreter, where it runs."""
        process = self._process
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process is None or process.poll() is not None:
                return
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)

    def failure(self, code: str, message: str) -> Failure:
        """A failure at the place that names the interpreter."""
        return Failure(code, message, self._place)

    def _start(self, answer: int) -> subprocess.Popen[bytes]:
        # Text that Python 2 prints into a pipe is ASCII or an error, where nothing else is said.
        env = {"PYTHONIOENCODING": "utf-8:backslashreplace", **os.environ}
        command = [self._path, "-u", "-c", _source(f"{_PACKAGE}.boot")]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, pass_fds=[answer], env=env, start_new_session=True
            )
        except OSError as error:
            raise self._not_found(f"cannot be started ({error.strerror})") from None
        finally:
            os.close(answer)
        return self._process

    def _receive(self, process: subprocess.Popen[bytes], fd: int) -> dict[str, Any]:
        def read(size: int) -> bytes:
            while not select.select([fd], [], [], _LOOK_EVERY)[0]:
                if process.poll() is not None and not select.select([fd], [], [], 0)[0]:
                    return b""
            return os.read(fd, size)

        try:
            while True:
                answer = read_frame(read)
                if answer is None:
                    raise self._ended(process)
                if "log" not in answer:
                    return answer
                record = answer["log"]
                logging.getLogger(record["name"]).log(record["level"], "%s", record["message"])
        except FrameTooLarge as error:
            message = f"What the function returned is too large: {error}. Return a reference: a path, a table, a key"
            raise self.failure("too_large", message) from None
        except FrameError:
            raise self._ended(process) from None

    def _ended(self, process: subprocess.Popen[bytes]) -> Failure:
        code = process.wait()
        how = f"with exit code {code}" if code >= 0 else f"by signal {_signal_name(-code)}"
        hint = ", such as for want of memory" if -code == signal.SIGKILL else ""
        message = f"{self.name} ended {how} before the function had returned{hint}. It must be a Python 2.7 or 3"
        return self.failure("interpreter_ended", message)

    def _not_found(self, why: str) -> Failure:
        path = "" if os.path.dirname(self.name) else f" It was looked for on PATH: {os.environ.get('PATH')}."
        message = (
            f"python={self.name!r} {why} in this image.{path} Install it in the environment's Dockerfile, or name "
            "another interpreter, or its path"
        )
        return self.failure("interpreter_not_found", message)


def _send(process: subprocess.Popen[bytes], request: Mapping[str, Any]) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it ended without reading; its end is told
        process.stdin.write(json.dumps(request, allow_nan=False).encode())
    with suppress(BrokenPipeError):
        process.stdin.close()


def _runtime() -> dict[str, Any]:
    """The modules that answer there, as modules that are sent."""
    modules = {"airlock_there": {"path": "<airlock>/there/__init__.py", "source": "", "package": True}}
    for name in _PARTS:
        source = _source(f"{_PACKAGE}.{name}")
        modules[f"airlock_there.{name}"] = {"path": f"<airlock>/there/{name}.py", "source": source, "package": False}
    return modules


def _source(module: str) -> str:
    """Of a module of this package, which may lie in an archive in memory."""
    spec = find_spec(module)
    source = spec.loader.get_source(module) if spec and spec.loader else None  # type: ignore[attr-defined]
    assert isinstance(source, str)
    return source


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
