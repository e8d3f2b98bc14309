"""The environment variables that Airflow is imported with: no metadata database, no files outside of a folder of ours.

Contract: settings that the image or the user made stay, but for those that would reach out of this process.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from contextlib import contextmanager
from typing import Iterator, Mapping

from airlock_runtime.wire.processes import FOLDER

_SKIP_ENGINE = "_AIRFLOW_SKIP_DB_TESTS"
"""`settings.initialize` then builds no engine (`airflow/settings.py: configure_orm`, 2.9 to 3.3)."""

_DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
_LOG_FOLDERS = (
    "AIRFLOW__LOGGING__BASE_LOG_FOLDER",
    "AIRFLOW__SCHEDULER__CHILD_PROCESS_LOG_DIRECTORY",
    "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY",
)
_SWITCHED_OFF = {"AIRFLOW__LOGGING__REMOTE_LOGGING": "False", "AIRFLOW__METRICS__STATSD_ON": "False"}

_SHORTEST_SECRET = 5  # `[logging] min_length_masked_secret` of Airflow 3


class PrivateFolder:
    """A temporary folder for what Airflow writes at import (`logs/`, and its home where none is set).

    Made when it is asked for, where none was given; whoever ends the process removes it.
    """

    def __init__(self) -> None:
        self._path = os.environ.pop(FOLDER, None)

    @property
    def path(self) -> str:
        if self._path is None:
            self._path = tempfile.mkdtemp(prefix="airlock-runner-")
        return self._path

    def remove(self) -> None:
        if self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)


def prepare(folder: PrivateFolder, database: str) -> None:
    """Sets what must be set before `import airflow`.

    :param database: a connection string that can never be connected to
    """
    os.environ.setdefault("AIRFLOW_HOME", folder.path)
    os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
    os.environ.update(dict.fromkeys(_LOG_FOLDERS, os.path.join(folder.path, "logs")))
    os.environ.update({**_SWITCHED_OFF, _SKIP_ENGINE: "true", _DATABASE: database})


def lay(variables: Mapping[str, str]) -> None:
    """Sets the project's own variables, which the task and what it starts see; what `prepare` sets stays as it is."""
    ours = {"AIRFLOW_HOME", _SKIP_ENGINE, _DATABASE, *_SWITCHED_OFF, *_LOG_FOLDERS}
    os.environ.update({name: value for name, value in variables.items() if name not in ours})


def trivial(value: str) -> bool:
    """Whether a value is no secret, whatever its variable's name says: to mask it would only spoil the log.

    Airflow 3's masker leaves out what is short, and its own name; Airflow 2's leaves out nothing.
    """
    return len(value) < _SHORTEST_SECRET or value.lower() in ("airflow", "false")


def imported() -> None:
    """Takes back what programs that the task starts must not inherit."""
    os.environ.pop(_SKIP_ENGINE, None)


@contextmanager
def quiet_warnings() -> Iterator[None]:
    """Airflow's imports warn of Airflow's own deprecations, which no task can help.

    Its filters and its own way to show warnings, which it sets at import, stay.
    """
    name = "_showwarnmsg"  # what CPython calls for each, whatever `warnings.showwarning` is by then
    shown = getattr(warnings, name, None)
    setattr(warnings, name, lambda message: None)
    try:
        yield
    finally:
        setattr(warnings, name, shown)
