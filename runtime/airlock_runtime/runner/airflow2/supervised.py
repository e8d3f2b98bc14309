"""Connections and variables for functions in other interpreters, which look for them in a database and its like.

Contract: Airflow in that interpreter has a secrets backend (`there/airlock_asking.py`) that asks over a socket in a
folder of this user alone; what it asks is looked up as the task itself would look it up. No value is in an environment
variable or a file.
"""

from __future__ import annotations

import json
import os
import shutil
import socketserver
import sys
import tempfile
import threading
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Iterator, Mapping

from airlock_runtime.airflow.elsewhere import elsewhere_base

_MODULE = "airlock_asking"


@contextmanager
def supervised(task: Any) -> Iterator[None]:
    """Answers what the programs of such a task ask; others are as ever."""
    base = elsewhere_base(task)
    if base is None:
        yield
        return
    folder = tempfile.mkdtemp(prefix="airlock-asking-")
    try:
        with open(os.path.join(folder, f"{_MODULE}.py"), "w") as module:
            module.write(_source())
        path = os.path.join(folder, "socket")
        with _Server(path, _Question) as server:
            threading.Thread(target=server.serve_forever, name="airlock-answers", daemon=True).start()
            try:
                with _started_with(sys.modules[base.__module__], _variables(folder, path)):
                    yield
            finally:
                server.shutdown()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Server(socketserver.UnixStreamServer):
    """One after another: they come from programs that the task waits for."""


class _Question(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        question = json.loads(self.rfile.readline())
        self.wfile.write(json.dumps(_answer(question["kind"], question["id"])).encode())


def _answer(kind: str, name: str) -> str | None:
    from airflow.exceptions import AirflowNotFoundException
    from airflow.models.connection import Connection
    from airflow.models.variable import Variable

    if kind == "variable":
        text: str | None = Variable.get_variable_from_secrets(name)
        return text
    try:
        return str(Connection.get_connection_from_secrets(name).get_uri())
    except AirflowNotFoundException:
        return None


def _variables(folder: str, path: str) -> dict[str, str]:
    """The backend in place of the image's own, which is asked here."""
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH")))),
        "AIRFLOW__SECRETS__BACKEND": f"{_MODULE}.Runner",
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps({"path": path}),
    }


@contextmanager
def _started_with(operators: Any, variables: Mapping[str, str]) -> Iterator[None]:
    """Starts the programs of a module's operators with more environment variables."""
    from airflow.utils.process_utils import execute_in_subprocess_with_kwargs

    execute = operators.execute_in_subprocess

    def started(cmd: Any, cwd: Any = None, env: Mapping[str, str] | None = None) -> None:
        # What it calls itself: that of 2.9 takes no environment.
        execute_in_subprocess_with_kwargs(cmd, cwd=cwd, env={**(os.environ if env is None else env), **variables})

    operators.execute_in_subprocess = started
    try:
        yield
    finally:
        operators.execute_in_subprocess = execute


def _source() -> str:
    name = f"airlock_runtime.runner.airflow2.there.{_MODULE}"
    spec = find_spec(name)
    assert spec is not None
    text: str = spec.loader.get_source(name)  # type: ignore[union-attr]
    return text
