"""An interpreter of a virtualenv on the worker itself, as ExternalPythonOperator uses one.

Contract: the conversation goes over the process's standard input and output. It inherits the worker's environment but
for Airflow's own part of that: the settings, connections and variables of the outer Airflow are not the inner one's.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
import tempfile
import threading
from contextlib import suppress
from typing import Any, Callable, Mapping

from airlock_runtime.carriers.carrier import Outcome
from airlock_runtime.launch.archive import runner_archive, source_of
from airlock_runtime.launch.conversation import Conversation
from airlock_runtime.launch.errors import IsolationError
from airlock_runtime.launch.settings import Settings
from airlock_runtime.launch.stream import Ending
from airlock_runtime.wire.processes import FOLDER, descendants, kill_all

_TAKEN = ("python", "env_vars", "inherit_env")
_WORDS = 16 * 1024
_GRACE = 5.0
"""Seconds that an inner task has to clean up when it is ended (runner/abandoned.py takes 3 of them)."""

_LOOK = 1.0
"""Seconds after which to look whether a process that says nothing is still there."""

_OF_AIRFLOW = re.compile(r"AIRFLOW_(CONN|VAR)_.*|AIRFLOW__.*|AIRFLOW_(HOME|CONFIG|CTX_.*)|_?PYTHONHOME|VIRTUAL_ENV")


class ExternalPython:
    """
    :param arguments: `python`, `env_vars`, `inherit_env` of ExternalPythonOperator
    :raises IsolationError: without an interpreter, or for an argument that nothing here knows
    """

    detaches = False

    def __init__(self, task_id: str, environment: str | None, settings: Settings, arguments: Mapping[str, Any]) -> None:
        unknown = sorted(arguments.keys() - {*_TAKEN, "do_xcom_push"})
        if unknown:
            raise IsolationError(
                f"{task_id}: isolated_operator_kwargs has {', '.join(unknown)}, which external_python does not know: "
                f"{', '.join(_TAKEN)}"
            )
        self._task_id = task_id
        self._python = _interpreter(task_id, environment, arguments.get("python") or settings.python)
        self._env = _environment(arguments)
        self._limit = settings.message_limit
        self._stream: ProcessStream | None = None
        self.where = self._python

    def carry(self, conversation: Conversation) -> Outcome:
        # The runner removes its files itself, but for one that is killed.
        with tempfile.TemporaryDirectory(prefix="airlock-runner-") as folder:
            self._stream = stream = self._start({**self._env, FOLDER: folder})
            try:
                return conversation.hold(stream)
            finally:
                stream.close()
                stream.ending()

    def resume(self, event: Any, hear: Callable[[Mapping[str, Any]], None]) -> Outcome:
        raise IsolationError("An interpreter on the worker does not defer")

    def kill(self) -> None:
        if self._stream is not None:
            self._stream.close()

    def _start(self, env: Mapping[str, str]) -> ProcessStream:
        try:
            return ProcessStream(self._python, env, self._limit)
        except OSError as error:
            raise IsolationError(f"{self._task_id}: {self._python} cannot be run: {error}") from error


def _interpreter(task_id: str, environment: str | None, python: str | None) -> str:
    if not python:
        raise IsolationError(
            f"{task_id}: there is no interpreter to run in. Set ASTRO_PYENV_{environment or '<environment>'}, "
            "[airlock] python, or python in isolated_operator_kwargs"
        )
    if not os.path.isfile(python) or not os.access(python, os.X_OK):
        raise IsolationError(f"{task_id}: {python} is no interpreter that can be run on this worker")
    return python


def _environment(arguments: Mapping[str, Any]) -> dict[str, str]:
    inherited = os.environ if arguments.get("inherit_env", True) else {"PATH": os.environ.get("PATH", os.defpath)}
    kept = {name: value for name, value in inherited.items() if not _OF_AIRFLOW.fullmatch(name)}
    return {**kept, **{name: str(value) for name, value in (arguments.get("env_vars") or {}).items()}}


class ProcessStream:
    """A process that runs the runner."""

    def __init__(self, python: str, env: Mapping[str, str], limit: int) -> None:
        self._process = subprocess.Popen(
            [python, "-c", source_of("inside/bootstrap.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env),
            bufsize=0,
        )
        self._words = b""
        self._listener = threading.Thread(target=self._listen, name="airlock-last-words", daemon=True)
        self._listener.start()
        archive = runner_archive()
        self.write(f"AIRLOCK {len(archive)} {limit}\n".encode() + archive)

    def read(self, size: int) -> bytes:
        return self._read(self._process.stdout, size)

    def write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        rest = memoryview(data)
        with suppress(BrokenPipeError, ValueError):  # it is gone: reading tells how
            while rest:
                rest = rest[self._process.stdin.write(rest) or 0 :]

    def close(self) -> None:
        """At the end of its standard input the runner ends the task, and then itself."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def ending(self) -> Ending:
        try:
            code = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            kill_all({self._process.pid, *descendants(self._process.pid)})
            code = self._process.wait()
        self._listener.join()
        self._process.stdout.close()  # type: ignore[union-attr]
        return Ending(code, last_words=self._words.decode("utf-8", "replace"))

    def _listen(self) -> None:
        with self._process.stderr as words:  # type: ignore[union-attr]
            while part := self._read(words, 1 << 14):
                self._words = (self._words + part)[-_WORDS:]

    def _read(self, pipe: Any, size: int) -> bytes:
        """Ends with the process: one that its task forked may hold the pipe for much longer."""
        while not select.select([pipe], [], [], _LOOK)[0]:
            if self._process.poll() is not None and not select.select([pipe], [], [], 0)[0]:
                return b""
        return pipe.read(size) or b""
