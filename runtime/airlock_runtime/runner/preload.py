"""What a waiting runner does before its request comes: imports what any task needs, and builds what every task has.

Contract: no operator executes, and no listener or policy hears of a task that is none. What is missing in the image is
left out. Much of the first task's time would else be Airflow's own imports inside of functions.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module

from airlock_runtime.airflow.classes import airflow_classes
from airlock_runtime.runner.build import TaskBuilder
from airlock_runtime.runner.environ import PrivateFolder
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.generation import Generation, generation
from airlock_runtime.runner.request import execution_of

_OF_THE_RUNNER = ("serve", "triggers", "task_errors", "detach", "differences")
_OPERATORS = (
    "airflow.providers.standard.operators.bash",
    "airflow.providers.standard.operators.python",
    "airflow.operators.bash",
    "airflow.operators.python",
)


def preload(events: Events, folder: PrivateFolder, tasks: bool) -> None:
    """:param tasks: whether any will be executed"""
    airflow = generation()
    airflow.boot(events, folder)
    if not tasks:
        return
    for name in _OF_THE_RUNNER:
        import_module(f"airlock_runtime.runner.{name}")
    for name in _OPERATORS:
        with suppress(Exception):  # not installed, or broken: whoever needs it will say so
            import_module(name)
    with suppress(Exception):
        _rehearse(airflow)
    _keep()


def preload_for_dag_files() -> None:
    """What loading any DAG file needs beside that."""
    from airlock_runtime.runner.resolve import load, resolve  # noqa: F401

    for name in ("isolated", "decorator"):
        with suppress(Exception):
            import_module(f"airlock_runtime.operators.{name}")
    with suppress(Exception):
        load.dag_bag_class()
    _keep()


def _keep() -> None:
    """Spares the garbage collector what is there by now, which is needed to the end.

    In a forked process each look at an object copies its page: a task took 160 ms for a command, and takes 30.
    """
    gc.freeze()


def _rehearse(airflow: Generation) -> None:
    """A task, its DAG, its instance and its context are made, and a template is rendered."""
    base = airflow_classes().base_operator
    day = "2024-01-01T00:00:00+00:00"
    execution = execution_of(
        {
            "task": {
                "dag_id": "airlock",
                "task_id": "airlock",
                "operator": f"{base.__module__}.{base.__qualname__}",
                "kwargs": {},
                "dag": {"params": {"airlock": 1}},
            },
            "run": {"run_id": "airlock", "logical_date": day, "run_after": day},
        }
    )
    task = TaskBuilder(execution, airflow_classes()).build()
    context = airflow.rehearse(execution, task)
    task.render_template("{{ ds }} {{ ti.dag_id }} {{ params.airlock }}", context, task.get_template_env())
