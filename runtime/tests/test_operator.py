"""IsolatedOperator while a DAG file is parsed: what it takes, what it refuses, how it stands in a DAG."""

from __future__ import annotations

import copy
import json
import pickle
import sys
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any, Iterator

import pytest
from generation import BASH, PYTHON
from outer_airflow import DAG, SERIALIZATION, TaskGroup, XComArg, setup, task, task_group, teardown

from airlock_runtime import IsolatedOperator
from airlock_runtime.airflow.classes import airflow_classes
from airlock_runtime.describe.describe import describe
from airlock_runtime.operators.compat import AirflowException
from airlock_runtime.wire.callables import ByName

ELSEWHERE = "not_in_this_image.operators.Elsewhere"
"""An operator that only the environment's image has."""


@pytest.fixture
def dag() -> Iterator[Any]:
    with made() as dag:
        yield dag


@contextmanager
def made(**arguments: Any) -> Iterator[Any]:
    with DAG("faults", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc), **arguments) as dag:
        yield dag


def isolated(task_id: str = "hello", **arguments: Any) -> Any:
    return IsolatedOperator(task_id=task_id, **{"operator": ELSEWHERE, **arguments})


def described(task: Any) -> dict[str, Any]:
    """What travels to where it runs."""
    return describe(task, task.dag, __file__, airflow_classes(), lambda warning: None)


def test_the_inner_operator_is_not_imported_where_its_name_is_given(dag: Any) -> None:
    assert isolated(operator=ELSEWHERE).operator == ELSEWHERE
    assert "not_in_this_image" not in sys.modules


def test_the_inner_operator_may_be_a_class(dag: Any) -> None:
    assert isolated(operator=IsolatedOperator).operator == "airlock_runtime.operators.isolated.IsolatedOperator"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"operator": "Bash"}, "operator is 'Bash', not a qualified name such as package.module.Operator"),
        ({"operator": "package.module:Operator"}, "operator is 'package.module:Operator', not a qualified name"),
        ({"operator": ""}, "operator is '', not a qualified name"),
        ({"operator": 7}, "operator is 7, neither a class nor a qualified name"),
        ({"operator": None}, "operator is None, neither a class nor a qualified name"),
        ({"isolation_type": "podman"}, "isolation_type is 'podman', not one of kubernetes, docker, external_python"),
        ({"sql": 1, "operator_kwargs": {"sql": 2}}, "given twice, beside operator_kwargs and in it: sql"),
        ({"operator_kwargs": {"retries": 1}}, "every operator takes retries, .* give them beside operator_kwargs"),
        (
            {"isolated_operator_kwargs": {"a": 1}, "kubernetes_pod_operator_kwargs": {"a": 2}},
            "given twice, in isolated_operator_kwargs and kubernetes_pod_operator_kwargs: a",
        ),
        (
            {"isolated_operator_kwargs": {"pool": "p", "retries": 1}},
            "isolated_operator_kwargs has pool, retries, which belong to the task itself: give them to IsolatedOperator",
        ),
        (
            {"isolation_type": "docker", "isolated_operator_kwargs": {"image": "i", "command": "c"}},
            r"isolated_operator_kwargs has command, image, which Airlock sets itself to carry the task \(docker\)",
        ),
        (
            {"isolation_type": "kubernetes", "kubernetes_pod_operator_kwargs": {"cmds": ["c"]}},
            "has cmds, which Airlock sets itself",
        ),
        (
            {"isolation_type": "external_python", "isolated_operator_kwargs": {"python_callable": print}},
            "has python_callable, which Airlock sets itself",
        ),
        ({"send_ahead": {"connection": ["a"]}}, "send_ahead has connection: it takes connections, variables, xcoms"),
        ({"send_ahead": {"connections": "warehouse"}}, "send_ahead's connections are 'warehouse', not a list of names"),
    ],
)
def test_what_cannot_work_is_an_error_that_names_the_task(dag: Any, arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(AirflowException, match=f"^hello: .*{says}"):
        isolated(**arguments)


@pytest.mark.parametrize("name", ["TriggerDagRunOperator", "ExternalTaskSensor", "HITLOperator", "ApprovalOperator"])
def test_operators_for_the_parent_only_are_refused_with_the_reason(dag: Any, name: str) -> None:
    with pytest.raises(AirflowException, match=f"hello: {name} cannot run isolated: it .*Use it as an ordinary task"):
        isolated(operator=f"airflow.providers.standard.operators.any.{name}")
    with pytest.raises(AirflowException, match=r"hello: .* cannot run isolated"):
        IsolatedOperator.partial(task_id="hello", operator=f"airflow.operators.any.{name}")
    assert isolated(operator=f"mine.{name}").operator == f"mine.{name}"


def test_what_every_operator_takes_acts_outside_and_all_else_inside(dag: Any) -> None:
    once: dict[str, Any] = {"on_failure_callback": note, "isolation_type": "docker"}
    task = isolated(
        retries=3, pool="slow", execution_timeout=timedelta(minutes=5), sql="SELECT 1", image="an/image", **once
    )
    assert (task.retries, task.pool, task.execution_timeout) == (3, "slow", timedelta(minutes=5))
    assert task.inner_kwargs == {"sql": "SELECT 1"}
    assert task.image == "an/image"
    kwargs = described(task)["kwargs"]
    assert kwargs["sql"] == "SELECT 1"
    assert kwargs.keys() & {"on_failure_callback", "image", "operator", "isolation_type"} == set()


def test_arguments_whose_names_are_taken_go_in_operator_kwargs(dag: Any) -> None:
    task = isolated(image="of/the:task", operator_kwargs={"image": "of/the:inner", "environment": {"A": "b"}})
    assert (task.image, task.inner_kwargs) == ("of/the:task", {"image": "of/the:inner", "environment": {"A": "b"}})


def test_the_names_of_both_dialects_are_kept(dag: Any) -> None:
    provider = isolated(
        "provider", environment="team", isolated_operator_kwargs={"labels": {}}, _python_callable_qualname="a.b.c"
    )
    assert provider.inner_kwargs == {"python_callable": ByName("a.b.c")}
    vendored = isolated("vendored", image="an/image", kubernetes_pod_operator_kwargs={"labels": {}})
    assert provider.isolated_operator_kwargs == vendored.isolated_operator_kwargs == {"labels": {}}


def test_a_callable_named_by_a_string_is_imported_only_where_it_runs(dag: Any) -> None:
    described_callable = described(isolated(_python_callable_qualname="not_in_this_image.functions.count"))
    expected = {"$callable": {"module": "not_in_this_image.functions", "qualname": "count"}}
    assert described_callable["kwargs"]["python_callable"] == expected


def test_default_arguments_act_where_their_names_are_at_home() -> None:
    defaults = {
        "retries": 4,
        "environment": "team",
        "isolation_type": "docker",
        "image": "a/b",
        "postgres_conn_id": "db",
    }
    with made(default_args=defaults):
        task = isolated(sql="SELECT 1")
        beside = isolated("beside", retries=1, environment="other")
    assert (task.retries, task.environment, task.isolation_type, task.image) == (4, "team", "docker", "a/b")
    assert (beside.retries, beside.environment) == (1, "other")
    inside = described(task)["dag"]["default_args"]
    assert inside == {"retries": 4, "postgres_conn_id": "db"}


def note(context: Any) -> None:
    raise AssertionError("it is not called here")


def test_default_arguments_that_act_once_stay_outside() -> None:
    once = {"on_failure_callback": note, "on_success_callback": [note], "executor_config": {"a": 1}}
    with made(default_args={**once, "retries": 2}):
        task = isolated()
    assert described(task)["dag"]["default_args"] == {"retries": 2}


def test_default_arguments_of_a_task_group_win_over_the_dags() -> None:
    with made(default_args={"sql": "dag", "retries": 1}), TaskGroup("group", default_args={"sql": "group"}):
        task = isolated()
    assert task.task_id == "group.hello"
    assert described(task)["dag"]["default_args"] == {"sql": "group", "retries": 1}


def test_it_stands_in_a_dag_like_any_operator(dag: Any) -> None:
    first, last = isolated("first"), isolated("last")
    with TaskGroup("group") as group:
        inside = isolated("inside")
    first >> group >> last
    assert first.downstream_task_ids == {"group.inside"} == last.upstream_task_ids
    assert inside.upstream_task_ids == {"first"}


def test_it_can_be_a_setup_and_a_teardown(dag: Any) -> None:
    make, work, remove = isolated("make").as_setup(), isolated("work"), isolated("remove")
    make >> work >> remove.as_teardown(setups=make)
    assert make.is_setup and remove.is_teardown
    assert remove.upstream_task_ids == {"make", "work"}


def test_arguments_that_are_xcoms_give_dependencies(dag: Any) -> None:
    @task
    def count() -> int:
        return 1

    counted, other = count(), isolated("other")
    plain = isolated("plain", value=counted)
    nested = isolated("nested", operator_kwargs={"values": [{"deep": (other.output["key"],)}]})
    mapped = isolated("changed", value=counted.map(str))
    assert plain.upstream_task_ids == mapped.upstream_task_ids == {"count"}
    assert nested.upstream_task_ids == {"other"}
    assert isinstance(plain.output, XComArg)


def test_it_maps_over_arguments_of_the_inner_operator(dag: Any) -> None:
    first, second, third = isolated("first"), isolated("second"), isolated("third")
    mapped = IsolatedOperator.partial(
        task_id="mapped", operator=ELSEWHERE, environment="team", retries=2, sql=first.output, op_args=[second.output]
    ).expand(value=third.output)
    assert mapped.upstream_task_ids == {"first", "second", "third"}
    assert mapped.retries == 2
    assert mapped.partial_kwargs["environment"] == "team"


def test_it_maps_over_its_own_arguments_too(dag: Any) -> None:
    mapped = IsolatedOperator.partial(task_id="mapped", operator=BASH, bash_command="echo").expand(
        environment=["one", "two"]
    )
    assert unmapped(mapped, {"environment": "two"}).environment == "two"


def test_it_maps_over_whole_sets_of_arguments(dag: Any) -> None:
    first = isolated("first")
    listed = IsolatedOperator.partial(task_id="listed", operator=BASH).expand_kwargs(
        [{"bash_command": "a"}, {"bash_command": first.output}]
    )
    assert listed.upstream_task_ids == {"first"}
    inner = unmapped(listed, {"bash_command": "a", "env": {"A": "b"}})
    assert (inner.operator, inner.inner_kwargs) == (BASH, {"bash_command": "a", "env": {"A": "b"}})


def unmapped(mapped: Any, arguments: dict[str, Any]) -> Any:
    """One instance of a mapped task."""
    try:
        return mapped.unmap(arguments)
    except (TypeError, AttributeError):  # Airflow 2 takes the resolved arguments together with what they came from
        return mapped.unmap((arguments, set()))


@pytest.mark.filterwarnings("ignore:Task 'mapped' was never mapped")
@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({}, TypeError, "no arguments to expand against"),
        ({"bash_command": "echo"}, ValueError, "unexpected type 'str' for the argument bash_command"),
        ({"env": [{}]}, TypeError, "unmappable or already specified arguments: env"),
        ({"task_id": ["a"]}, TypeError, "unmappable or already specified arguments: task_id"),
        ({"operator": [BASH]}, TypeError, "unmappable or already specified arguments: operator"),
    ],
)
def test_what_cannot_be_mapped_is_an_error(dag: Any, arguments: Any, error: type[Exception], says: str) -> None:
    partial = IsolatedOperator.partial(task_id="mapped", operator=BASH, env={})
    with pytest.raises(error, match=says):
        partial.expand(**arguments)


@pytest.mark.filterwarnings("ignore:Task 'mapped' was never mapped")
def test_mapping_over_something_else_than_sets_of_arguments_is_an_error(dag: Any) -> None:
    with pytest.raises(TypeError, match=r"expected XComArg or list\[dict\]"):
        IsolatedOperator.partial(task_id="mapped", operator=BASH).expand_kwargs(["echo"])


def test_it_works_in_a_mapped_task_group(dag: Any) -> None:
    @task_group
    def group(value: Any) -> Any:
        return isolated("inside", value=value)

    group.expand(value=[1, 2])
    assert dag.task_dict["group.inside"].get_closest_mapped_task_group() is not None


def test_a_scheduler_reads_it_without_the_inner_operator() -> None:
    with made() as dag:
        isolated("plain", operator=ELSEWHERE, sql="SELECT 1", retries=2, environment="team")
        isolated("sensor", mode="reschedule", poke_interval=5)
        IsolatedOperator.partial(task_id="named", operator=ELSEWHERE, retries=3).expand(value=[1, 2])
        IsolatedOperator.partial(task_id="class", operator=InThisFile, environment="team").expand_kwargs([{"value": 1}])
    written = SERIALIZATION.to_dict(dag)
    read = SERIALIZATION.from_dict(json.loads(json.dumps(written)))
    tasks = read.task_dict
    assert {tasks[name].task_type for name in ("plain", "sensor", "named", "class")} == {"IsolatedOperator"}
    assert (tasks["plain"].retries, tasks["named"].retries) == (2, 3)
    assert (tasks["plain"].reschedule, tasks["sensor"].reschedule) == (False, True)
    assert tasks["plain"].template_fields == tasks["named"].template_fields == ["rendered"]
    assert "Mapped" in type(tasks["named"]).__name__
    assert "not_in_this_image" not in sys.modules
    assert "the source of a class" not in json.dumps(written)


class InThisFile:
    """the source of a class"""


def test_the_scheduler_waits_with_what_asks_to_be_called_again() -> None:
    with made() as dag:
        isolated("again", mode="reschedule")
        isolated("once")
        IsolatedOperator.partial(task_id="mapped", operator=ELSEWHERE, mode="reschedule").expand(poke_interval=[1, 2])
    tasks = SERIALIZATION.from_dict(json.loads(json.dumps(SERIALIZATION.to_dict(dag)))).task_dict
    waiting = {name for name, task in tasks.items() if "ReadyToRescheduleDep" in {type(d).__name__ for d in task.deps}}
    assert waiting == {"again", "mapped"}


def test_it_can_be_copied_and_pickled(dag: Any) -> None:
    task = isolated(sql="SELECT 1", environment="team", operator_kwargs={"values": [1, (2, 3)]})
    for other in (copy.deepcopy(task), copy.copy(task), pickle.loads(pickle.dumps(task))):
        assert other.operator == ELSEWHERE
        assert other.inner_kwargs == {"sql": "SELECT 1", "values": [1, (2, 3)]}
        assert (other.environment, other.task_id) == ("team", "hello")
    assert described(copy.deepcopy(dag).task_dict["hello"]) == described(task)


def test_a_class_of_the_users_own_may_set_what_all_its_tasks_share(dag: Any) -> None:
    class TeamTask(IsolatedOperator):
        def __init__(self, **arguments: Any) -> None:
            super().__init__(environment="team", operator=PYTHON, **arguments)

    task = TeamTask(task_id="hello", op_args=[1])
    assert (task.environment, task.inner_kwargs) == ("team", {"op_args": [1]})
    assert described(task)["source"]["file"] == __file__
    mapped = TeamTask.partial(task_id="mapped", retries=1).expand(op_args=[[1], [2]])
    assert unmapped(mapped, {"op_args": [2]}).inner_kwargs == {"op_args": [2]}


def test_setup_and_teardown_functions_can_stand_around_it(dag: Any) -> None:
    @setup
    def make() -> None: ...

    @teardown
    def remove() -> None: ...

    before, work, after = make(), isolated("work"), remove()
    before >> work >> after
    assert work.upstream_task_ids == {"make"}
    assert work.downstream_task_ids == {"remove"}
