"""Requests that are wrong in any one place: each is told as such, and never as an error deep in Airflow."""

from __future__ import annotations

import copy
from typing import Any, Iterator

import outer_airflow  # noqa: F401
import pytest
from generation import BASH
from runner_process import execute, task

from airlock_runtime.airflow.classes import airflow_classes
from airlock_runtime.runner.answers import answers_of
from airlock_runtime.runner.build import TaskBuilder
from airlock_runtime.runner.request import execution_of
from airlock_runtime.wire.outcome import Failure

WRONG: list[Any] = [
    *(None, 0, -1, 1.5, True, "", "x", "a b", [], [1], [[]], {}, {"a": 1}),
    *({"$datetime": "x"}, {"$callable": 5}, {"$callable": {}}, {"$xcom": {}}, {"$xcom": {"task_id": 3}}),
    *({"$tuple": 3}, {"$nope": 1}, {"$partial": {}}, {"$module": "nope.nope"}, {"$module": 4}, {"$dict": [1]}),
]
GETCWD = {"$callable": {"module": "os", "qualname": "getcwd"}}
RIGHT = execute(
    task(
        BASH,
        bash_command="echo",
        env={"a": "b"},
        upstream=["before"],
        downstream=["x"],
        modules={"mine": {"path": "mine.py", "source": "", "package": False}},
        source={"file": "/a", "line": 3},
        dag_params={"n": 1},
        dag_task_ids=["before", "hello", "x", "y"],
        dag_downstream={"x": ["y"]},
        dag_groups=[{"group_id": "g", "label": "g", "prefix": True, "parent": None, "task_ids": ["y"]}],
        dag_default_args={"retries": 1},
        dag_user_defined_macros={"where": GETCWD},
        dag_template_files={"a.sql": "SELECT 1"},
        dag_start_date={"$datetime": "2024-01-01T00:00:00+00:00"},
        dag_tags=["a"],
    ),
    xcoms=[{"task_id": "before", "value": 1}],
    connections={"db": {"uri": "sqlite://"}},
    run={
        "asset_events": [
            {"asset": {"uri": "s3://a"}, "extra": {"n": 1}, "timestamp": "2024-01-01T00:00:00+00:00"},
        ]
    },
    variables={"a": "b"},
)
CHECKED = ("task", "run", "xcoms", "connections", "variables")


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from places(part, (*at, name))


def with_wrong(at: tuple[Any, ...], wrong: Any) -> dict[str, Any]:
    request = copy.deepcopy(RIGHT)
    holder: Any = request
    for name in at[:-1]:
        holder = holder[name]
    holder[at[-1]] = wrong
    return request


def serve(request: dict[str, Any]) -> None:
    """What the runner does up to where the operator executes."""
    execution = execution_of(request)
    answers_of(request, None, execution.run.dag_id, execution.run.run_id)  # type: ignore[arg-type]
    TaskBuilder(execution, airflow_classes()).build()


def failure_of(at: tuple[Any, ...], wrong: Any) -> Failure | None:
    try:
        serve(with_wrong(at, wrong))
    except Failure as failure:
        return failure
    return None


def test_the_request_is_right() -> None:
    serve(RIGHT)


@pytest.mark.filterwarnings("ignore")  # Airflow's own, of what it makes of some of them
@pytest.mark.parametrize("part", CHECKED)
def test_what_is_wrong_anywhere_is_a_failure_in_words(part: str) -> None:
    told = [failure for at in places(RIGHT[part], (part,)) for wrong in WRONG if (failure := failure_of(at, wrong))]
    assert {failure.code for failure in told} <= {"protocol", "bad_argument", "import", "operator_not_found"}
    assert all(map(str, told))


@pytest.mark.parametrize(
    ("at", "wrong", "says"),
    [
        (("task",), None, "The request's task is None, not an object"),
        (("task", "dag_id"), 1, "The request's task.dag_id is 1, not a text"),
        (("task", "dag", "downstream", "x"), ["y", 3], r"The request's task\.dag\.downstream\.x\[1\] is 3, not a text"),
        (("task", "dag", "params"), [1], r"The request's task\.dag\.params is \[1\], not an object"),
        (("task", "modules", "mine", "source"), 5, r"task\.modules\.mine\.source is 5, not a text"),
        (("run", "try_number"), "1", "The request's run.try_number is '1', not a number"),
        (
            ("run", "logical_date"),
            "2024-01-31",
            "run.logical_date is '2024-01-31', not an ISO date-time with an offset",
        ),
        (("run", "asset_events", 0, "asset"), "a", r"run\.asset_events\[0\]\.asset is 'a', not an object"),
        (("xcoms", 0), {}, r"The request's xcoms\[0\]\.task_id is None, not a text"),
        (("connections", "db"), "sqlite://", r"The request's connections\.db is 'sqlite://', not an object"),
        (("task", "dag", "task_ids", 0), "a b", "What the request says of the DAG makes none in this image: .*a b"),
    ],
)
def test_a_wrong_field_is_named(at: tuple[Any, ...], wrong: Any, says: str) -> None:
    with pytest.raises(Failure, match=says):
        serve(with_wrong(at, wrong))
