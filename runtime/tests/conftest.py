"""A project as it lies in an image, and requests of its tasks."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from runner_process import Answer, Told, execute, request, run

TESTS = Path(__file__).resolve().parent


class Project:
    """A folder that is Airflow's home, with `dags/` and `include/`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.dag_file = root / "dags" / "dag.py"
        self.env = {
            "AIRFLOW_HOME": str(root),
            "PYTHONPATH": os.pathsep.join([str(root), str(TESTS / "image")]),
            "AIRFLOW__CORE__DAGS_FOLDER": str(root / "dags"),
        }

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
        return file

    def resolve(
        self, source: str | None = None, task_id: str | None = None, answer: Answer | None = None, **fields: Any
    ) -> Told:
        """Resolves a task of a DAG file with that text."""
        if source is not None:
            self.write("dags/dag.py", source)
        message = request("resolve", dag_file=str(self.dag_file), task_id=task_id, **{"dag_id": None, **fields})
        return run(message, answer, env=self.env)

    def resolved(self, source: str, task_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """The one task that the file describes."""
        told = self.resolve(source, task_id, **fields)
        assert told.outcome["state"] == "success", told.outcome
        (task,) = told.of("resolved")[-1]["tasks"]
        assert isinstance(task, dict)
        return task

    def execute(self, task: dict[str, Any], answer: Answer | None = None, **more: Any) -> Told:
        """Runs a task where neither the DAG file nor the project's modules are."""
        elsewhere = self.root / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        env = {**self.env, "AIRFLOW_HOME": str(elsewhere), "PYTHONPATH": str(TESTS / "image")}
        env["AIRFLOW__CORE__DAGS_FOLDER"] = str(elsewhere)
        return run(execute(task, **more), answer, env)

    def run(self, source: str, task_id: str | None = None, **more: Any) -> Told:
        """Resolves in one runner and executes in another, as a parent and a child image would."""
        return self.execute(self.resolved(source, task_id), **more)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--carrier", default="external_python", help="of the faithfulness set")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Any]:
    """What stands in a container (container.py), without one."""
    from container import Container  # which imports this

    with Container(tmp_path) as container:
        yield container


Run = Callable[..., Told]


@pytest.fixture
def run_task(project: Project) -> Run:
    return project.execute
