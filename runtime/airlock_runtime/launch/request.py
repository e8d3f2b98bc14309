"""The request for one isolated task: its description, its run, its values.

Contract: made when the task runs, from the operator itself, with the code that `airlock run` uses too.
"""

from __future__ import annotations

from typing import Any, Callable

from airlock_runtime.airflow.classes import Classes
from airlock_runtime.describe.describe import describe
from airlock_runtime.describe.encode import TaskEncoder
from airlock_runtime.describe.modules import ProjectModules
from airlock_runtime.launch.errors import IsolationError
from airlock_runtime.launch.facts import run_facts
from airlock_runtime.launch.literals import resolved
from airlock_runtime.launch.settings import Settings
from airlock_runtime.wire.frames import PROTOCOL
from airlock_runtime.wire.outcome import Failure
from airlock_runtime.wire.values import NotEncodable


def execute_request(
    task: Any, context: Any, classes: Classes, settings: Settings, detaches: bool, warn: Callable[[str], None]
) -> dict[str, Any]:
    """The `execute` request for the inner operator of an isolated task.

    :param detaches: whether the outer task goes away once the inner one has what it needs

    :raises IsolationError: where something of it cannot travel, naming the argument and the way out
    """
    dag_file = task.dag.fileloc
    inner = {
        name: resolved(value, context, classes.resolvable, task._resolved_ids)
        for name, value in task.inner_kwargs.items()
    }
    try:
        described = describe(task, task.dag, dag_file, classes, warn, inner=inner)
        run = run_facts(task, context, TaskEncoder(classes, dag_file, ProjectModules()))
    except Failure as failure:
        place = f" ({failure.place[0]}:{failure.place[1]})" if failure.place else ""
        raise IsolationError(f"{failure}{place}") from failure.__cause__
    except NotEncodable as error:
        raise IsolationError(f"{task.task_id}: the run's conf cannot travel: {error}") from None
    return {
        "protocol": PROTOCOL,
        "kind": "execute",
        "task": described,
        "run": run,
        "connections": {},
        "variables": {},
        "xcoms": [],
        "answered_by": "the Airflow that runs the DAG",
        "pickle": settings.pickle,
        "detach": task.send_ahead if detaches else None,
    }
