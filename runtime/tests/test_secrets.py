"""Connections and variables: found, asked for, missing; and secrets that show nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Project, Run
from generation import BASH
from runner_process import Refuse, task

SQLITE = "airlock_test_image.SqliteOperator"
ENDING = "airlock_test_image.EndingOperator"
SECRET, TOKEN = "correct-horse-battery", "staple-of-the-token"
PARTS = {"conn_type": "sqlite", "login": "u", "password": SECRET, "extra": f'{{"token": "{TOKEN}"}}'}


@pytest.mark.parametrize(
    "connection",
    [PARTS, {"uri": f"sqlite://u:{SECRET}@/?token={TOKEN}"}],
    ids=["parts", "uri"],
)
def test_secrets_of_a_connection_show_nowhere(run_task: Run, connection: dict[str, str]) -> None:
    sql = "SELECT '{{ conn.db.password }}'"
    told = run_task(task(SQLITE, sql=sql, sqlite_conn_id="db"), connections={"db": connection})
    assert told.outcome["state"] == "success"
    assert "The password is ***, the token ***" in told.lines("log")
    assert "printed password: ***" in told.lines("stdout")
    assert told.rendered["sql"] == "SELECT '***'"
    (kept,) = told.of("xcom")
    row = kept.pop("value")[0]
    assert SECRET in (row["$tuple"] if isinstance(row, dict) else row)
    shown = repr(told.events)
    assert SECRET not in shown
    assert TOKEN not in shown


def test_a_secret_deep_in_a_result_is_not_shown(run_task: Run) -> None:
    value: Any = f"<{SECRET}>"
    for _ in range(8):
        value = {"a": [value, 1, {"$date": "2024-01-31"}]}
    (event,) = run_task(task(ENDING, how="value", value=value), connections={"db": PARTS}).of("xcom")
    assert event["value"] == value
    assert repr(event["shown"]) == repr(value).replace(SECRET, "***")


def test_a_result_without_a_secret_is_shown_as_it_is(run_task: Run) -> None:
    (event,) = run_task(task(ENDING, how="value", value={"a": ["b"]}), connections={"db": PARTS}).of("xcom")
    assert "shown" not in event


def test_a_secret_in_an_error_is_masked(run_task: Run) -> None:
    command = "echo {{ conn.db.password }} {{ no_such_name }}"
    told = run_task(task(BASH, bash_command=command), connections={"db": PARTS})
    assert told.outcome["state"] == "failed"
    assert SECRET not in told.text


def test_secrets_of_the_projects_environment_show_nowhere(run_task: Run) -> None:
    variables = {"STRIPE_API_KEY": SECRET, "PLACE": "there-and-back", "USES_TOKEN": "false", "TOKEN_KIND": "jwt"}
    told = run_task(task(BASH, bash_command="echo $STRIPE_API_KEY $PLACE $USES_TOKEN $TOKEN_KIND"), environ=variables)
    assert told.outcome["state"] == "success"
    assert "*** there-and-back false jwt" in told.lines("log")
    (kept,) = told.of("xcom")
    assert kept["value"] == f"{SECRET} there-and-back false jwt"
    assert kept["shown"] == "*** there-and-back false jwt"
    assert SECRET not in repr(told.of("log"))


def test_a_dag_file_that_prints_a_secret_of_its_environment_does_not_show_it(project: Project) -> None:
    source = (
        "import logging, os\nprint('it is', os.environ['A_TOKEN'])\nlogging.warning('or %s', os.environ['A_TOKEN'])\n"
    )
    told = project.resolve(source, environ={"A_TOKEN": SECRET})
    assert "it is ***" in told.lines("stdout")
    assert "or ***" in told.lines("log")
    assert SECRET not in repr(told.of("log"))


def test_a_connection_that_nobody_foresaw_is_asked_for_and_masked(run_task: Run) -> None:
    told = run_task(task(SQLITE, sql="SELECT 1"), lambda question: PARTS)
    assert [ask["question"] for ask in told.of("ask")] == [{"kind": "connection", "id": "sqlite_default"}]
    assert told.outcome["state"] == "success"
    assert SECRET not in repr(told.of("log"))


@pytest.mark.parametrize("refusal", [None, "the project's files have none"])
def test_a_missing_connection_is_named_with_where_it_was_looked_for(run_task: Run, refusal: str | None) -> None:
    def answer(question: Any) -> None:
        if refusal:
            raise Refuse(refusal)

    told = run_task(task(SQLITE, sql="SELECT 1", sqlite_conn_id="warehouse"), answer)
    assert told.error["code"] == "missing_connection"
    assert "'warehouse'" in told.error["message"]
    assert "AIRFLOW_CONN_WAREHOUSE" in told.error["message"]
    assert (refusal or "") in told.error["message"]
    assert told.outcome["missing"] == [{"kind": "connection", "id": "warehouse"}]


def test_a_variable_is_asked_for_and_can_be_set(run_task: Run) -> None:
    kept = {"greeting": "hello"}

    def answer(question: Any) -> str | None:
        if question["kind"] == "set_variable":
            kept[question["id"]] = question["value"]
        return kept[question["id"]] if question["kind"] == "variable" else None

    told = run_task(task(ENDING, how="variable"), answer)
    assert (told.returned, kept) == ("hello!", {"greeting": "hello!"})


def test_a_missing_variable_is_named(run_task: Run) -> None:
    error = run_task(task(ENDING, how="lost_variable")).error
    assert error["code"] == "missing_variable"
    assert "AIRFLOW_VAR_LOST" in error["message"]


def test_a_variable_that_may_not_be_set_fails_the_task(run_task: Run) -> None:
    def answer(question: Any) -> str:
        if question["kind"] == "set_variable":
            raise Refuse("variables are read-only here")
        return "hello"

    told = run_task(task(ENDING, how="variable"), answer)
    assert told.outcome["state"] == "failed"
    assert "variables are read-only here" in told.error["message"]
