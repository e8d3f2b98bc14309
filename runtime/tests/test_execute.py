"""Tasks in the image's own Airflow: templates, values, outcomes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Project, Run
from generation import AIRFLOW, BASH, OUTLET_EVENTS, PYTHON
from runner_process import Told, task

ENDING = "airlock_test_image.EndingOperator"
SQLITE = "airlock_test_image.SqliteOperator"


def image(name: str) -> dict[str, object]:
    """A function that the image has."""
    return {"$callable": {"module": "airlock_test_image", "qualname": name}}


def test_templates_see_the_context(run_task: Run) -> None:
    command = (
        "echo {{ ds }} {{ ti.dag_id }}.{{ task_instance.task_id }} {{ run_id }} {{ params.n }} {{ dag_run.conf.c }} "
        "{{ data_interval_end | ds_nodash }} {{ macros.ds_add(ds, 1) }} {{ dag.dag_id }} {{ ti.try_number }} "
        "{{ task.upstream_task_ids | list }} {{ logical_date.year }} {{ var.value.who }} {{ conn.db.host }}"
    )
    told = run_task(
        task(BASH, bash_command=command, dag_params={"n": 5}, upstream=["before"]),
        run={"conf": {"c": "conf"}},
        variables={"who": "me"},
        connections={"db": {"uri": "postgres://u:p@there/x"}},
    )
    expected = "2024-01-31 fitness.hello manual__1 5 conf 20240131 2024-02-01 fitness 1 [before] 2024 me there"
    assert told.returned == expected
    assert told.rendered["bash_command"].startswith("echo 2024-01-31 fitness.hello")
    assert told.outcome["missing"] == []


def test_macros_filters_and_native_rendering(run_task: Run) -> None:
    described = task(
        PYTHON,
        python_callable=image("three"),
        op_kwargs={"n": "{{ [1, 2] }}", "m": "{{ twice('a') }}", "f": "{{ 'x' | loud }}"},
        dag_render_template_as_native_obj=True,
        dag_user_defined_macros={"twice": image("twice")},
        dag_user_defined_filters={"loud": {"$callable": {"module": "builtins", "qualname": "str.upper"}}},
    )
    assert run_task(described).returned == [[1, 2], "aa", "X"]


def test_sql_with_a_connection_gives_its_rows(run_task: Run, tmp_path: Path) -> None:
    told = run_task(
        task(SQLITE, sql="SELECT 1, '{{ ti.dag_id }}'", sqlite_conn_id="db"),
        connections={"db": {"conn_type": "sqlite", "host": str(tmp_path / "x.db")}},
    )
    rows = [[1, "fitness"]]  # Airflow 2 keeps XComs as JSON, where a tuple in a list is a list
    assert told.returned == (rows if AIRFLOW == 2 else [{"$tuple": row} for row in rows])


def test_a_template_file_that_came_along(run_task: Run) -> None:
    files = {"query.sql": "SELECT {% include 'part.sql' %}", "part.sql": "'{{ ds }}'"}
    told = run_task(
        task(SQLITE, sql="query.sql", sqlite_conn_id="db", dag_template_files=files),
        connections={"db": {"conn_type": "sqlite"}},
    )
    assert told.rendered["sql"] == "SELECT '2024-01-31'"


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, None, True, "ü"]},
        {"$datetime": "2024-07-01T12:00:00+00:00", "$pendulum": "zone"},  # Airflow's XComs have pendulum's UTC
        {"$tuple": [1, "b"]},
        {"$float": "1.0"},
        [],
        "",
        0,
    ],
)
def test_what_is_returned_comes_back_as_a_puller_would_get_it(run_task: Run, value: object) -> None:
    assert run_task(task(ENDING, how="value", value=value)).returned == value


def test_nothing_returned_is_no_xcom(run_task: Run) -> None:
    told = run_task(task(ENDING, how="value", value=None))
    assert told.outcome["state"] == "success"
    assert told.of("xcom") == []


def test_xcoms_come_in_by_reference_and_by_pull(run_task: Run) -> None:
    tuple_of_time = {"$tuple": [{"$datetime": "2024-07-01T12:00:00+00:00"}]}
    described = task(
        PYTHON,
        python_callable=image("show"),
        op_args=[{"$xcom": {"task_id": "before", "key": "return_value"}}],
        upstream=["before"],
    )
    told = run_task(described, xcoms=[{"task_id": "before", "value": tuple_of_time}])
    assert told.returned in ("tuple of datetime 2024", "tuple of DateTime 2024")
    assert told.of("ask") == []


def test_templates_can_be_rendered_and_no_more_be_done(run_task: Run) -> None:
    told = run_task(task(BASH, bash_command="echo {{ ds }}; exit 7"), render_only=True)
    assert told.of("rendered")[0]["fields"]["bash_command"] == "echo 2024-01-31; exit 7"
    assert (told.outcome["state"], told.of("xcom")) == ("success", [])


def test_nothing_is_done_before_and_after_a_rendering(run_task: Run) -> None:
    hooked = task("airlock_test_image.HookedOperator", word="{{ ds }}")
    assert run_task(hooked).lines("stdout") == ["before 2024-01-31", "after 2024-01-31"]
    told = run_task(hooked, render_only=True)
    assert (told.of("rendered")[0]["fields"]["word"], told.lines("stdout")) == ("2024-01-31", [])


def test_the_projects_environment_variables_are_the_tasks(run_task: Run) -> None:
    variables = {"OF_THE_PROJECT": "ü", "AIRFLOW_HOME": "/nowhere", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "other"}
    command = "echo $OF_THE_PROJECT $AIRFLOW_HOME $AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
    returned = run_task(task(BASH, bash_command=command), environ=variables).returned
    assert returned.startswith("ü /")
    assert "nowhere" not in returned
    assert "other" not in returned


def test_a_pushed_xcom_is_told_and_can_be_pulled(run_task: Run) -> None:
    told = run_task(task(ENDING, how="push"))
    assert {event["key"]: event["value"] for event in told.of("xcom")} == {"a": {"b": 1}, "return_value": {"b": 1}}


def test_an_unforeseen_xcom_is_asked_for(run_task: Run) -> None:
    known = {"one": [{"map_index": -1, "value": {"$tuple": [1]}}], "two": []}
    told = run_task(task(ENDING, how="pull", value=["one", "two"]), lambda question: known[question["task_id"]])
    assert next(value for value in told.returned if value) in ([1], {"$tuple": [1]})
    assert [ask["question"]["task_id"] for ask in told.of("ask")] == ["one", "two"]
    question = dict(told.of("ask")[0]["question"])
    assert question.pop("map_index", -1) == -1, "Airflow 3.0 asks for the index of the task that asks"
    assert question.keys() == {"kind", "dag_id", "run_id", "task_id", "key"}
    assert told.outcome["missing"] == [{"kind": "xcom", "id": "two"}]


def test_skipping_is_an_outcome(run_task: Run) -> None:
    outcome = run_task(task(ENDING, how="skip")).outcome
    assert (outcome["state"], outcome["error"]) == ("skipped", None)


def test_a_failure_has_its_causes_and_none_of_our_frames(run_task: Run) -> None:
    error = run_task(task(ENDING, how="cause")).error
    assert (error["code"], error["type"], error["message"]) == ("task", "ValueError", "outer")
    assert "KeyError: 'inner'" in error["traceback"]
    assert "direct cause" in error["traceback"]
    assert "<airlock>" not in error["traceback"]


@pytest.mark.parametrize(("code", "state"), [(0, "success" if AIRFLOW == 2 else "failed"), (4, "failed")])
def test_sys_exit_ends_as_in_this_airflow(run_task: Run, code: int, state: str) -> None:
    assert run_task(task(ENDING, how="exit", value=code)).outcome["state"] == state


def test_deferring_goes_through_to_the_end(run_task: Run) -> None:
    told = run_task(task("airlock_test_image.DeferringOperator", carried={"n": 7}))
    assert told.returned == {"how": "twice", "n": 7, "first": {"how": "soon"}}


@pytest.mark.parametrize(("how", "says"), [("never", "imeout"), ("raise", "Trigger failure")])
def test_a_trigger_that_fails_fails_the_task(run_task: Run, how: str, says: str) -> None:
    told = run_task(task("airlock_test_image.DeferringOperator", how=how))
    assert told.outcome["state"] == "failed"
    assert says in told.error["message"]
    assert how == "never" or any("the trigger broke" in line for line in told.lines("log"))


def test_a_retry_that_is_left_is_told(run_task: Run) -> None:
    told = run_task(task(ENDING, how="cause", retries=2), run={"max_tries": 2})
    assert told.outcome["state"] == "up_for_retry"
    assert told.error["code"] == "task"


def test_what_cannot_be_serialized_is_named(run_task: Run) -> None:
    error = run_task(task(ENDING, how="object")).error
    assert error["code"] == "xcom_not_serializable"
    assert "object" in error["message"]


def test_a_result_over_the_limit_names_the_limit(run_task: Run) -> None:
    error = run_task(task(ENDING, how="huge")).error
    assert error["code"] == "too_large"
    assert "16 MiB" in error["message"]


@pytest.mark.skipif(not OUTLET_EVENTS, reason="Airflow 2.9 has no outlet_events")
def test_what_is_said_of_an_asset_over_the_limit_names_both(run_task: Run) -> None:
    orders = {"$asset": {"name": "s3://orders", "uri": "s3://orders"}}
    error = run_task(task(ENDING, how="huge_event", outlets=[orders])).error
    assert error["code"] == "too_large"
    assert "s3://orders" in error["message"]
    assert "16 MiB" in error["message"]


def test_what_only_the_database_knows_is_refused_even_where_the_task_swallows_that(run_task: Run) -> None:
    error = run_task(task(ENDING, how="other_runs")).error
    assert error["code"] == "needs_database"
    assert "metadata database" in error["message"]


def test_a_session_of_the_database_fails_the_task(run_task: Run) -> None:
    error = run_task(task(ENDING, how="query")).error
    assert error["code"] == ("needs_database" if AIRFLOW == 2 else "task")
    assert "database" in error["message"]


def test_an_operator_that_is_not_there_is_named_with_the_call(run_task: Run) -> None:
    source = {"file": "/opt/airflow/dags/fitness.py", "line": 12}
    error = run_task(task("airflow.providers.nowhere.operators.x.NoOperator", source=source)).error
    assert error["code"] == "operator_not_found"
    assert "airflow.providers.nowhere.operators.x.NoOperator" in error["message"]
    assert (error["file"], error["line"]) == ("/opt/airflow/dags/fitness.py", 12)


def test_an_operator_whose_module_breaks_is_told_apart(run_task: Run) -> None:
    modules = {"broken": {"path": "include/broken.py", "source": "\nimport not_installed\n", "package": False}}
    error = run_task(task("broken.Operator", modules=modules)).error
    assert error["code"] == "import"
    assert "not_installed" in error["message"]


def test_an_operator_whose_module_ends_the_process_is_told_too(run_task: Run) -> None:
    modules = {"broken": {"path": "include/broken.py", "source": "import sys; sys.exit('no')", "package": False}}
    error = run_task(task("broken.Operator", modules=modules)).error
    assert error["code"] == "import"
    assert error["message"].startswith("broken.Operator does not import in this image: ")


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("unprintable", "Unprintable|it has no words"),  # Airflow 2 raises what it meets when it prints it
        ("large_error", "could not be told: A message of .* is over the limit of 16 MiB"),
        ("deep", "recursion|too deep"),
    ],
)
def test_odd_errors_and_results_have_an_outcome_too(run_task: Run, how: str, says: str) -> None:
    told = run_task(task("airlock_faults.FaultyOperator", how=how))
    assert told.outcome["state"] == "failed"
    assert re.search(says, told.error["message"])


def test_an_argument_that_the_operator_does_not_take_is_named(run_task: Run) -> None:
    error = run_task(task(BASH, bash_command="echo", colour="red")).error
    assert error["code"] == "bad_argument"
    assert "colour" in error["message"]


BRANCH = PYTHON.replace("PythonOperator", "BranchPythonOperator")
SHORT_CIRCUIT = PYTHON.replace("PythonOperator", "ShortCircuitOperator")
AROUND = {
    "downstream": ["x", "y", "join"],
    "dag_task_ids": ["hello", "x", "y", "join", "end", "apart"],
    "dag_downstream": {"x": ["join"], "y": ["join"], "join": ["end"]},
}


def xcoms(told: Told) -> dict[str, object]:
    assert told.outcome["state"] == "success", told.outcome
    return {event["key"]: event["value"] for event in told.of("xcom")}


@pytest.mark.parametrize("chosen", ["x", ["x"]])
def test_a_branch_follows_what_it_chose(run_task: Run, chosen: object) -> None:
    told = run_task(task(BRANCH, python_callable=image("same"), op_args=[chosen], **AROUND))
    kept = xcoms(told)
    assert kept.get("return_value") == (chosen if AIRFLOW == 2 else None)  # 3 stops at the skipping, before it keeps it
    assert set(kept["skipmixin_key"]["followed"]) == {"x", "join"}  # type: ignore[index]


def test_a_branch_into_a_task_that_is_not_there_fails(run_task: Run) -> None:
    error = run_task(task(BRANCH, python_callable=image("same"), op_args=["nowhere"], **AROUND)).error
    assert "nowhere" in error["message"]


def test_a_short_circuit_skips_all_that_follows(run_task: Run) -> None:
    told = run_task(task(SHORT_CIRCUIT, python_callable=image("same"), op_args=[False], **AROUND))
    assert set(xcoms(told)["skipmixin_key"]["skipped"]) == {"x", "y", "join", "end"}  # type: ignore[index]


def test_templates_see_the_tasks_of_a_large_dag(run_task: Run) -> None:
    ids = [f"t{n}" for n in range(1000)]
    command = "echo {{ dag.task_ids | length }} {{ dag.get_task('t7').task_id }} {{ task.downstream_task_ids | list }}"
    told = run_task(task(BASH, bash_command=command, downstream=["t3"], dag_task_ids=["hello", *ids]))
    assert told.returned == "1001 t7 [t3]"


@pytest.mark.parametrize(
    ("template", "says"),
    [("echo {{ nope.x }}", "bash_command: 'nope' is undefined"), ("echo {{ ds", "bash_command: ")],
)
def test_a_template_that_fails_names_its_field_and_the_call(run_task: Run, template: str, says: str) -> None:
    source = {"file": "/opt/airflow/dags/fitness.py", "line": 12}
    error = run_task(task(BASH, bash_command=template, source=source)).error
    assert error["message"].startswith(says)
    assert (error["file"], error["line"]) == ("/opt/airflow/dags/fitness.py", 12)


def test_a_template_file_that_fails_is_the_place(run_task: Run) -> None:
    source = {"file": "/opt/airflow/dags/fitness.py", "line": 12}
    files = {"query.sql": "SELECT\n{{ nope.x }}"}
    told = run_task(
        task(SQLITE, sql="query.sql", sqlite_conn_id="db", dag_template_files=files, source=source),
        connections={"db": {"conn_type": "sqlite"}},
    )
    assert told.error["message"] == "sql: 'nope' is undefined"
    assert told.error["line"] in (2, 12)


@pytest.mark.parametrize("allowed", ["airflow.*", "airlock_test_image.*"])
def test_an_object_that_airflow_can_store_is_told_as_it_is_stored(project: Project, allowed: str) -> None:
    project.env["AIRFLOW__CORE__ALLOWED_DESERIALIZATION_CLASSES"] = allowed
    told = project.execute(task(ENDING, how="points"))
    assert told.outcome["state"] == "success"
    assert [point["__data__"] for point in told.returned] == [{"x": 1}, {"x": 2}]
    shows = {"$callable": {"module": "builtins", "qualname": "repr"}}
    reads = task(
        PYTHON,
        python_callable=shows,
        op_args=[{"$xcom": {"task_id": "before", "key": "return_value"}}],
        upstream=["before"],
    )
    pulled = project.execute(reads, xcoms=[{"task_id": "before", "value": told.returned}])
    if allowed == "airflow.*":  # as in Airflow, whoever pulls must be allowed to
        assert "allow list" in pulled.error["message"]
    else:
        assert pulled.returned == "[Point(x=1), Point(x=2)]"
