"""Runs the DAG files of `dags/` both ways, each in a process and an Airflow home of its own, two at a time."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Sequence

from airlock_runtime.airflow.versions import airflow_generation, airflow_release, airflow_version

HERE = Path(__file__).resolve().parent
DAGS = HERE / "dags"
RUNTIME = HERE.parent.parent
_AT_A_TIME = 2
_FOUND = ("CONF", "VARIABLES", "CONNECTIONS", "PREVIOUS", "XCOMS")
"""Constants of a DAG file: what it finds where it runs (arrange.py)."""

_WORDS = 6000
_LONGEST = 600
"""Seconds after which a DAG run is stuck."""


@dataclass(frozen=True)
class Source:
    """A DAG file.

    :param ends: how those end that do not succeed
    :param since: the oldest Airflow that has what it is about
    :param found: what it finds where it runs: `conf`, `variables`, `connections`, `previous`
    """

    name: str
    ends: dict[str, str] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    since: str = "2.9"


def sources() -> list[Source]:
    """Those that this Airflow can run; read without being run, so that Airflow stays out of this process."""
    every = [_source(file) for file in sorted(DAGS.glob("*.py"))]
    return [source for source in every if _release(source.since) <= _release(airflow_version() or "")]


def _release(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")[:2]))


def _source(file: Path) -> Source:
    tree = ast.parse(file.read_text())
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) in ("ENDS", "SINCE", *_FOUND)
    }
    ends = {
        task_id: state.partition(" on ")[0]
        for state, ids in constants.get("ENDS", {}).items()
        if state.rpartition(" on ")[2] in (state, str(airflow_generation()), ".".join(map(str, airflow_release()[:2])))
        for task_id in ids.split()
    }
    found = {name.lower(): constants[name] for name in _FOUND if name in constants}
    return Source(file.stem, ends, found, constants.get("SINCE", "2.9"))


class RunFailed(Exception):
    """A run that came to no end."""


_INHERITED = {
    "FAITHFUL": "inherited",
    "PYTHONHASHSEED": "0",  # the order of sets
}
"""Environment variables of every process that runs a task."""

_CARRIERS = {
    "external_python": {"PYTHON": sys.executable},
    "kubernetes": {
        "CONFIG_FILE": "/kubeconfig",
        "KUBERNETES_KWARGS": json.dumps(
            {
                "env_vars": _INHERITED,
                "in_cluster": False,
                "namespace": os.environ.get("AIRLOCK_TEST_NAMESPACE"),
                "startup_check_interval_seconds": 1,
            }
        ),
    },
    "docker": {"NETWORK_MODE": "none", "DOCKER_KWARGS": json.dumps({"environment": _INHERITED})},
}
"""By what carries the isolated tasks: its settings."""


class Runs:
    """
    :param folder: of this session's own
    :param carrier: of the isolated tasks
    """

    def __init__(self, folder: Path, carrier: str) -> None:
        self._folder, self.carrier = folder, carrier
        self._settings = {
            f"AIRFLOW__AIRLOCK__{name}": value
            for name, value in {"ISOLATION_TYPE": carrier, **_CARRIERS[carrier]}.items()
        }
        self._pool = ThreadPoolExecutor(_AT_A_TIME)
        self._migrated = self._pool.submit(self._migrate)
        self._begun: dict[tuple[str, str], Future[dict[str, Any]]] = {}

    def begin(self, source: Source, ways: Sequence[str] = ("plain", "isolated")) -> None:
        for way in ways:
            self._begun.setdefault((source.name, way), self._pool.submit(self._run, source, way))

    def of(self, name: str, way: str) -> dict[str, Any]:
        """What is left of a run that was begun."""
        return self._begun[name, way].result()

    def said(self, name: str, way: str) -> str:
        """What a run that is over has logged from its first traceback on."""
        output = (self._folder / f"{name}-{way}" / "output").read_text()
        trace = re.search(r"^.*(Task failed|Traceback)", output, re.MULTILINE)
        return output[trace.start() :][:_WORDS] if trace else output[-_WORDS:]

    def end(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _migrate(self) -> Path:
        """The database that every run begins with."""
        home = self._folder / "migrated"
        _call(["airflow", "db", "migrate"], home, {})
        return home / "airflow.db"

    def _run(self, source: Source, way: str) -> dict[str, Any]:
        home = self._folder / f"{source.name}-{way}"
        home.mkdir()
        shutil.copy(self._migrated.result(), home)
        shutil.copytree(DAGS, home / "dags", ignore=lambda _, names: [n for n in names if _of_another(n, source)])
        result = home / "result.json"
        file = home / "dags" / f"{source.name}.py"
        said = _call(
            [sys.executable, str(HERE / "run_dag.py"), str(file), json.dumps(source.found), str(result)],
            home,
            {"AIRLOCK_WAY": way, **self._settings},
        )
        (home / "output").write_text(said)
        return json.loads(result.read_text())


def _of_another(name: str, source: Source) -> bool:
    return name.endswith(".py") and name != f"{source.name}.py"


def _call(command: list[str], home: Path, more: dict[str, str]) -> str:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (RUNTIME, HERE.parent, HERE.parent / "image", HERE))),
        "AIRFLOW_HOME": str(home),
        "FAITHFUL_HOME": str(home),
        **_INHERITED,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAG_DISCOVERY_SAFE_MODE": "False",  # takes files for DAG files by words that these lack
        "AIRFLOW__ISOLATED_POD_OPERATOR__IMAGE": os.environ.get("AIRLOCK_TEST_IMAGE", "").replace("/airflow", ""),
        **more,
    }
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_LONGEST, check=False
    )
    output = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        raise RunFailed(f"{' '.join(command)} ended with {done.returncode}\n{output[-_WORDS:]}")
    return output
