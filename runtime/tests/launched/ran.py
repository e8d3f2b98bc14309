"""DAG files of `dags/`, each run once, in a process and an Airflow home of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent


class Ran:
    """What became of the tasks of a DAG, by their ids (`task_id[map_index]` of mapped ones)."""

    def __init__(self, told: dict[str, Any], output: str, temporary: Path) -> None:
        self.tasks, self.variables, self.output = told["tasks"], told["variables"], output
        self._temporary = temporary

    def state(self, name: str) -> str:
        return str(self.tasks[name]["state"])

    def returned(self, name: str) -> Any:
        assert self.state(name) == "success", self.log(name)
        return self.tasks[name]["xcoms"].get("return_value")

    def raised(self, name: str) -> str:
        """With what the outer task failed."""
        assert self.state(name) == "failed", self.log(name)
        return ": ".join(self.tasks[name]["raised"])

    def cleaned(self, name: str) -> bool:
        """Whether the inner operator's `on_kill` ran."""
        return (self._temporary / name).exists()

    def log(self, name: str, level: str | None = None) -> str:
        lines = self.tasks[name]["log"]
        return "\n".join(line for its, line in lines if level in (None, its))


def run_dag(name: str, folder: Path, **environ: str) -> Ran:
    """:param folder: an empty one"""
    home = folder / "home"
    dag_file = home / "dags" / f"{name}.py"
    temporary = folder / "tmp"
    for each in (dag_file.parent, temporary):
        each.mkdir(parents=True)
    shutil.copy(HERE / "dags" / dag_file.name, dag_file)
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": os.pathsep.join(map(str, (TESTS.parent, TESTS, TESTS / "image"))),
        "PYTHONWARNINGS": "ignore",
        "TMPDIR": str(temporary),
        **environ,
    }
    output = _call(["airflow", "db", "migrate"], environment)
    output += _call([sys.executable, str(HERE / "run.py"), str(dag_file), str(folder / "result")], environment)
    return Ran(json.loads((folder / "result").read_text()), output, temporary)


def _call(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    output = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, output[-6000:]
    return output
