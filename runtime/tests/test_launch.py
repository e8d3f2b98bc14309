"""Isolated tasks in a real DAG run, in an interpreter on the worker: what the outer task answers, hears and raises."""

from __future__ import annotations

import re
import sys

import pytest
from generation import AIRFLOW, TERM_IS_HEARD
from launched.ran import Ran, run_dag

LIMIT = 40_000
PASSWORD = "correct-horse"


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run_dag(
        "interpreter",
        tmp_path_factory.mktemp("interpreter"),
        ASTRO_PYENV_team=sys.executable,
        ASTRO_PYENV_small=sys.executable,
        AIRFLOW__AIRLOCK_SMALL__MESSAGE_LIMIT=str(LIMIT),
        AIRFLOW_CONN_IN_ENVIRONMENT="http://there",
    )


def test_nothing_is_left_behind_by_any_task(ran: Ran) -> None:
    assert {name: task["left"] for name, task in ran.tasks.items() if task["left"]} == {}


def test_connections_come_from_the_outer_airflow_and_are_masked(ran: Ran) -> None:
    assert ran.returned("connections") == [["there"]]
    assert "The password is ***" in ran.log("connections")
    assert PASSWORD not in ran.output


def test_a_connection_that_is_not_there_is_named_with_where_it_was_looked_for(ran: Ran) -> None:
    raised = ran.raised("no_connection")
    assert raised.startswith("IsolatedTaskFailed: The connection 'warehouse' is not there. It was looked for in ")
    assert "AIRFLOW_CONN_WAREHOUSE" in raised
    assert "the connections of the Airflow that runs the DAG" in raised


def test_variables_are_read_and_set_in_the_outer_airflow(ran: Ran) -> None:
    assert ran.returned("variable") == "hello!"
    assert ran.variables["greeting"] == "hello!"


def test_a_variable_that_is_not_there_is_named(ran: Ran) -> None:
    assert "The variable 'lost' is not there" in ran.raised("no_variable")


def test_xcoms_are_pulled_and_referred_to(ran: Ran) -> None:
    assert (ran.returned("xcom"), ran.returned("pulls"), ran.returned("by_reference")) == (4, 4, "xxxx")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("request_too_large", "IsolationError: The task is too large to be sent: .*Pass references to its data"),
        ("result_too_large", "IsolatedTaskFailed: The XCom 'return_value' is too large: .*Return a reference to it"),
        ("answer_too_large", "IsolatedTaskFailed: The variable 'large' is not there.* was refused: "),
    ],
)
def test_what_is_over_the_limit_is_told_with_the_limit_and_its_setting(ran: Ran, name: str, says: str) -> None:
    raised = ran.raised(name)
    assert re.match(says, raised), raised
    assert "over the limit of 39.06 KiB" in raised
    assert "[airlock] message_limit" in raised


def test_an_inner_traceback_is_in_the_outer_log(ran: Ran) -> None:
    assert re.match(r"IsolatedTaskFailed: ValueError: outer \(.*airlock_test_image.py:\d+\)$", ran.raised("raises"))
    assert "KeyError: 'inner'" in ran.log("raises", "ERROR")
    assert 'raise ValueError("outer") from error' in ran.log("raises", "ERROR")
    assert "<airlock>" not in ran.log("raises")


def test_lines_keep_their_levels(ran: Ran) -> None:
    assert "a warning" in ran.log("levels", "WARNING")
    assert "an error\nof two lines" in ran.log("levels", "ERROR")
    assert "to standard error" in ran.log("levels", "ERROR")
    assert "a detail" not in ran.log("levels")


def test_a_skip_skips(ran: Ran) -> None:
    assert ran.state("skips") == "skipped"


def test_a_failure_for_good_is_not_tried_again(ran: Ran) -> None:
    assert ran.raised("fails_for_good").startswith("AirflowFailException: AirflowFailException: never again")
    assert ran.tasks["fails_for_good"]["tries"] == 1


def test_a_failure_is_tried_again_and_knows_its_try(ran: Ran) -> None:
    assert ran.returned("fails_once") == "try 2"
    assert ran.tasks["fails_once"]["tries"] == 2


def test_what_no_xcom_can_be_is_an_error(ran: Ran) -> None:
    assert "What the task returned cannot leave it: " in ran.raised("no_xcom")


def test_a_process_that_is_lost_is_told_with_its_exit_code_and_last_line(ran: Ran) -> None:
    assert ran.raised("exits") == (
        f"IsolatedTaskLost: The task's process in {sys.executable} ended with exit code 3, and told no outcome"
    )
    assert "the last line" in ran.log("exits")


def test_a_crash_is_told_with_its_signal_and_where_it_was(ran: Ran) -> None:
    raised = ran.raised("crashes")
    assert "was ended by signal 11, and told no outcome. Its last words:\nFatal Python error" in raised
    assert "airlock_faults.py" in raised


def test_an_operator_that_is_not_there_is_named_with_the_call(ran: Ran) -> None:
    raised = ran.raised("not_there")
    assert "This image has no airflow.providers.nowhere.operators.x.NoOperator" in raised
    assert re.search(r"\(/.*/dags/interpreter\.py:\d+\)$", raised)


def test_a_mapped_argument_that_the_operator_does_not_take_is_named(ran: Ran) -> None:
    assert ran.returned("mapped[0]") == 2
    raised = ran.raised("mapped[1]")
    assert "FaultyOperator of this image does not take what it was called with: " in raised
    assert "colour" in raised
    assert "run.py" not in raised


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("timed_out", "AirflowTaskTimeout: "),
        pytest.param(
            "killed",
            "AirflowTaskTerminated: |AirflowException: " if AIRFLOW == 2 else "IsolatedTaskLost: ",
            marks=pytest.mark.skipif(not TERM_IS_HEARD, reason="before 3.0.4 a task that is ended ends unheard"),
        ),
    ],
)
def test_a_task_that_is_ended_cleans_up_and_ends_with_all_that_it_started(ran: Ran, name: str, says: str) -> None:
    assert re.match(says, ran.raised(name))
    assert ran.cleaned(name)
    assert ran.tasks[name]["left"] == []
