"""Mapped tasks as a local run resolves them: what is known at first, and each instance by what its XComs say."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Project
from generation import BASH, PYTHON

from airlock_runtime.airflow.versions import airflow_release

SOURCE = f"""
import datetime
from airflow import DAG
from airflow.decorators import task, task_group
from airflow.exceptions import AirflowSkipException
from {BASH.rpartition(".")[0]} import BashOperator
from {PYTHON.rpartition(".")[0]} import PythonOperator
from airflow.utils.task_group import TaskGroup
from airlock_runtime import IsolatedOperator
from airlock_runtime.operators.decorator import isolated_task

def doubled(x):
    if x == 2:
        raise AirflowSkipException("not this one")
    return x * 2

with DAG("d", start_date=datetime.datetime(2024, 1, 1), schedule=None) as dag:
    first = PythonOperator(task_id="first", python_callable=list)
    {{body}}
"""


def resolved(
    project: Project, body: str, xcoms: dict[str, Any] | None = None, task_id: str = "t", **fields: Any
) -> Any:
    cells = {
        name: cell if isinstance(cell, list) else [{"map_index": -1, "value": cell["value"]}]
        for name, cell in (xcoms or {}).items()
    }
    source = SOURCE.replace("{body}", "\n    ".join(body.strip().split("\n")))
    project.write("dags/dag.py", source)
    answer = lambda question: cells.get(question.get("task_id", ""), [])  # noqa: E731
    return project.resolve(None, task_id, answer=answer, **fields)


def instances(told: Any) -> dict[int, dict[str, Any]]:
    assert told.outcome["state"] == "success", told.outcome
    return {task["map_index"]: task for event in told.of("resolved") for task in event["tasks"]}


def own_kwargs(task: dict[str, Any]) -> dict[str, Any]:
    """Its arguments, without what Airflow hands on from the DAG and its settings."""
    return {name: value for name, value in task["kwargs"].items() if name not in ("start_date", "pool")}


BASHES = 'BashOperator.partial(task_id="t", env={"A": "b"}).expand(bash_command=["echo 1", "echo {{ ds }}"])'


def test_it_is_one_task_at_first(project: Project) -> None:
    told = resolved(project, f"{BASHES} << first", upstream=True)
    task = {task["task_id"]: task for event in told.of("resolved") for task in event["tasks"]}["t"]
    assert (task["mapped"], task["operator"], task["isolated"], task["upstream"]) == (True, BASH, False, ["first"])
    assert task["rules"]["trigger_rule"] == "all_success"
    lines = project.dag_file.read_text().splitlines()
    assert 'partial(task_id="t"' in lines[task["source"]["line"] - 1]


def test_over_values_of_the_dag_file(project: Project) -> None:
    tasks = instances(resolved(project, BASHES, expand=True))
    assert {index: own_kwargs(task) for index, task in tasks.items()} == {
        0: {"env": {"A": "b"}, "bash_command": "echo 1"},
        1: {"env": {"A": "b"}, "bash_command": "echo {{ ds }}"},
    }


def test_one_of_them(project: Project) -> None:
    assert list(instances(resolved(project, BASHES, map_index=1))) == [1]
    error = resolved(project, BASHES, map_index=2).error
    assert (error["code"], error["message"]) == ("no_such_instance", "The task t has no map index 2: they are 0 to 1")


def test_the_last_argument_varies_fastest_and_dictionaries_are_pairs(project: Project) -> None:
    body = 'BashOperator.partial(task_id="t").expand(bash_command=["a", "b"], cwd={"x": 1, "y": 2, "z": 3})'
    tasks = instances(resolved(project, body, expand=True))
    found = [
        (tasks[index]["kwargs"]["bash_command"], tasks[index]["kwargs"]["cwd"]["$tuple"]) for index in sorted(tasks)
    ]
    assert found == [(a, [b, n]) for a in "ab" for b, n in (("x", 1), ("y", 2), ("z", 3))]


def test_what_came_out_of_an_xcom_is_not_rendered(project: Project) -> None:
    body = 'BashOperator.partial(task_id="t").expand(bash_command=first.output)'
    tasks = instances(resolved(project, body, {"first": {"value": ["{{ ds }}", "b"]}}, expand=True))
    assert [tasks[index]["kwargs"]["bash_command"] for index in (0, 1)] == [{"$literal": "{{ ds }}"}, {"$literal": "b"}]


def test_isolated_tasks_have_their_inner_arguments_mapped(project: Project) -> None:
    body = f'''
IsolatedOperator.partial(task_id="t", operator="{BASH}", environment="e", append_env=True).expand(bash_command=first.output)
'''
    tasks = instances(resolved(project, body, {"first": {"value": ["echo 1"]}}, expand=True))
    assert (tasks[0]["operator"], tasks[0]["environment"], tasks[0]["isolated"]) == (BASH, "e", True)
    assert own_kwargs(tasks[0]) == {"append_env": True, "bash_command": {"$literal": "echo 1"}}


def test_functions_have_their_arguments_mapped(project: Project) -> None:
    body = """
@task
def t(x, y):
    return x + y
t.partial(y=1).expand(x=first.output)
"""
    tasks = instances(resolved(project, body, {"first": {"value": [10, 20]}}, expand=True))
    assert [tasks[index]["kwargs"]["op_kwargs"] for index in (0, 1)] == [
        {"y": 1, "x": {"$literal": 10}},
        {"y": 1, "x": {"$literal": 20}},
    ]


def test_isolated_functions_have_their_arguments_mapped(project: Project) -> None:
    body = """
@isolated_task(environment="e")
def t(x, y):
    return x + y
t.partial(y="{{ ds }}").expand(x=first.output)
"""
    tasks = instances(resolved(project, body, {"first": {"value": [10]}}, expand=True))
    assert tasks[0]["kwargs"]["op_kwargs"] == {"y": "{{ ds }}", "x": {"$literal": 10}}
    assert (tasks[0]["isolated"], tasks[0]["environment"]) == (True, "e")


def test_over_dictionaries_of_arguments(project: Project) -> None:
    body = 'BashOperator.partial(task_id="t").expand_kwargs([{"bash_command": "a"}, {"bash_command": "b", "cwd": "/"}])'
    tasks = instances(resolved(project, body, expand=True))
    assert [own_kwargs(tasks[index]) for index in (0, 1)] == [
        {"bash_command": "a"},
        {"bash_command": "b", "cwd": "/"},
    ]
    body = 'BashOperator.partial(task_id="t").expand_kwargs(first.output)'
    tasks = instances(resolved(project, body, {"first": {"value": [{"bash_command": "a"}]}}, expand=True))
    assert own_kwargs(tasks[0]) == {"bash_command": "a"}, "which Airflow renders, though it is an XCom's"


def test_over_the_xcoms_of_a_mapped_task(project: Project) -> None:
    body = """
up = BashOperator.partial(task_id="up").expand(bash_command=["echo 1", "true", "echo 2"])
BashOperator.partial(task_id="t").expand(bash_command=up.output)
"""
    cells = [{"map_index": 2, "value": "c"}, {"map_index": 0, "value": "a"}]
    tasks = instances(resolved(project, body, {"up": cells}, expand=True))
    assert [tasks[index]["kwargs"]["bash_command"]["$literal"] for index in (0, 1)] == ["a", "c"]


def test_over_xcoms_that_are_changed_and_zipped(project: Project) -> None:
    body = """
second = PythonOperator(task_id="second", python_callable=list)
third = PythonOperator(task_id="third", python_callable=list)
BashOperator.partial(task_id="t").expand(bash_command=first.output.map(doubled), cwd=second.output.zip(third.output, fillvalue="-"))
"""
    xcoms = {"first": {"value": [1, 2]}, "second": {"value": ["a"]}, "third": {"value": ["x", "y"]}}
    told = resolved(project, body, xcoms, expand=True)
    tasks = instances(told)
    assert [tasks[index]["kwargs"]["bash_command"]["$literal"] for index in (0, 1)] == [2, 2]
    assert [tasks[index]["kwargs"]["cwd"]["$literal"] for index in (0, 1)] == [
        {"$tuple": ["a", "x"]},
        {"$tuple": ["-", "y"]},
    ]
    assert [event["tasks"] for event in told.of("skip")] == [[{"task_id": "t", "map_index": index}] for index in (2, 3)]


@pytest.mark.skipif(airflow_release()[:2] == (2, 9), reason="Airflow 2.9 cannot join XComs")
def test_over_xcoms_that_are_joined(project: Project) -> None:
    body = 'BashOperator.partial(task_id="t").expand(bash_command=first.output.concat(first.output))'
    tasks = instances(resolved(project, body, {"first": {"value": ["a", "b"]}}, expand=True))
    assert [tasks[index]["kwargs"]["bash_command"]["$literal"] for index in range(4)] == ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("xcoms", "message"),
    [
        ({}, "bash_command is the XCom 'return_value' of first, which is not there"),
        ({"first": {"value": "text"}}, "bash_command is mapped over str, which is neither a list nor a dictionary"),
    ],
)
def test_what_cannot_be_mapped_over_is_named(project: Project, xcoms: dict[str, Any], message: str) -> None:
    body = 'BashOperator.partial(task_id="t").expand(bash_command=first.output)'
    error = resolved(project, body, xcoms, expand=True).error
    assert (error["code"], error["message"]) == ("cannot_map", f"The task t cannot be mapped: {message}")


def test_nothing_to_map_over_is_no_instance(project: Project) -> None:
    body = 'BashOperator.partial(task_id="t").expand(bash_command=first.output)'
    assert instances(resolved(project, body, {"first": {"value": []}}, expand=True)) == {}


def test_a_task_that_is_not_mapped_has_no_instances(project: Project) -> None:
    assert (
        resolved(project, 'BashOperator(task_id="t", bash_command="true")', expand=True).error["code"] == "not_mapped"
    )


def test_an_instance_runs(project: Project) -> None:
    body = """
def seen(x, ti):
    return [x, ti.map_index]

PythonOperator.partial(task_id="t", python_callable=seen).expand(op_args=first.output)
"""
    task = instances(resolved(project, body, {"first": {"value": [["{{ ds }}"]]}}, map_index=0))[0]
    run = {"run_id": "r", "logical_date": "2024-01-01T00:00:00+00:00", "map_index": 0}
    told = project.execute(task, run=run)
    assert told.outcome["state"] == "success", told.outcome
    assert told.returned == ["{{ ds }}", 0]


def test_a_reference_to_a_mapped_task_is_a_list_of_what_its_instances_pushed(project: Project) -> None:
    # Airflow 3.0 pulls that of the task's own map index, where none is given.
    pulled = "None" if airflow_release()[:2] == (3, 0) else "['a', 'c']"
    body = """
up = BashOperator.partial(task_id="up").expand(bash_command=["echo 1", "true", "echo 2"])
PythonOperator(
    task_id="t",
    python_callable=lambda x, y: [x, y],
    op_args=[up.output, "{% set all = ti.xcom_pull('up') %}{{ all and all | list }}"],
)
"""
    told = resolved(project, body)
    (task,) = told.of("resolved")[0]["tasks"]
    assert task["kwargs"]["op_args"][0] == {"$xcom": {"task_id": "up", "key": "return_value", "mapped": True}}
    cells = [{"map_index": 0, "value": "a"}, {"map_index": 2, "value": "c"}]
    ran = project.execute(task, lambda question: cells if question["kind"] == "xcom" else None)
    assert ran.outcome["state"] == "success", ran.outcome
    assert ran.returned == [["a", "c"], pulled]


GROUP = f"""
@task_group(prefix_group_id=False)
def group(entry, other=None):
    up = PythonOperator(task_id="up", python_callable=list, op_args=[entry])
    with TaskGroup("between", prefix_group_id=False):
        IsolatedOperator(
            task_id="t",
            operator="{PYTHON}",
            environment="e",
            python_callable=list,
            op_args=[["a", entry], up.output, "{{{{ ds }}}}"],
        )
    return up.output
"""


def test_a_task_of_a_mapped_group_is_one_task_at_first(project: Project) -> None:
    told = resolved(project, f"{GROUP}\ngroup.expand(entry=first.output)", upstream=True)
    tasks = {task["task_id"]: task for event in told.of("resolved") for task in event["tasks"]}
    assert [(id, task.get("mapped", False), task["rules"]["mapped_group"]) for id, task in tasks.items()] == [
        ("first", False, None),
        ("up", True, {"id": "group", "over": ["first"]}),
        ("t", True, {"id": "group", "over": ["first"]}),
    ]
    task = tasks["t"]
    assert (task["operator"], task["isolated"], task["environment"]) == (PYTHON, True, "e")
    assert task["upstream"] == ["first", "up"]


def test_a_task_of_a_mapped_group_has_an_instance_for_each_item(project: Project) -> None:
    told = resolved(
        project, f"{GROUP}\ngroup.expand(entry=first.output)", {"first": {"value": ["x", "y"]}}, expand=True
    )
    assert {index: task["kwargs"]["op_args"] for index, task in instances(told).items()} == {
        index: [
            ["a", {"$literal": item}],
            {"$xcom": {"task_id": "up", "key": "return_value", "map_index": index}},
            "{{ ds }}",
        ]
        for index, item in enumerate(["x", "y"])
    }


def test_a_group_is_mapped_over_values_of_the_dag_file_and_over_dictionaries(project: Project) -> None:
    tasks = instances(resolved(project, f"{GROUP}\ngroup.expand(entry=['x'], other=[1, 2])", expand=True))
    assert [tasks[index]["kwargs"]["op_args"][0][1]["$literal"] for index in (0, 1)] == ["x", "x"]
    body = f"{GROUP}\ngroup.expand_kwargs([{{'entry': 'x'}}, {{'entry': 'y', 'other': 1}}])"
    tasks = instances(resolved(project, body, map_index=1))
    assert tasks[1]["kwargs"]["op_args"][0][1] == {"$literal": "y"}


def test_an_argument_of_a_group_that_an_item_does_not_give_is_named(project: Project) -> None:
    error = resolved(project, f"{GROUP}\ngroup.partial(other=1).expand_kwargs([{{'other': 2}}])", expand=True).error
    assert error["code"] == "cannot_map"


def test_what_follows_a_mapped_group_has_the_xcoms_of_all_its_instances(project: Project) -> None:
    body = f"""{GROUP}
PythonOperator.partial(task_id="m", python_callable=list).expand(op_args=group.expand(entry=first.output))
PythonOperator(task_id="l", python_callable=list, op_args=[dag.get_task("up").output])
"""
    cells = [{"map_index": 1, "value": "b"}, {"map_index": 0, "value": "a"}]
    tasks = instances(resolved(project, body, {"up": cells}, task_id="m", expand=True))
    assert [tasks[index]["kwargs"]["op_args"]["$literal"] for index in (0, 1)] == ["a", "b"]
    (task,) = resolved(project, body, task_id="l").of("resolved")[0]["tasks"]
    assert task["kwargs"]["op_args"] == [{"$xcom": {"task_id": "up", "key": "return_value", "mapped": True}}]


def test_an_instance_of_a_group_has_the_xcoms_of_its_own(project: Project) -> None:
    body = (
        f"{GROUP.replace('python_callable=list', 'python_callable=lambda *args: args')}\ngroup.expand(entry=['x', 'y'])"
    )
    task = instances(resolved(project, body, map_index=1))[1]
    cells = [{"map_index": index, "value": f"pushed {index}"} for index in (0, 1)]

    def answer(question: dict[str, Any]) -> Any:
        wanted = question.get("map_index")
        return [cell for cell in cells if wanted in (None, cell["map_index"])] if question["kind"] == "xcom" else None

    run = {"run_id": "r", "logical_date": "2024-01-01T00:00:00+00:00", "map_index": 1}
    told = project.execute(task, answer, run=run)
    assert told.outcome["state"] == "success", told.outcome
    assert told.returned == {"$tuple": [["a", "y"], "pushed 1", "2024-01-01"]}
