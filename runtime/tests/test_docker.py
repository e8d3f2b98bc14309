"""Isolated tasks in a real DAG run, in containers of the engine beside it."""

from __future__ import annotations

import io
import re
import secrets
import tarfile
from typing import Any, Iterator

import outer_airflow  # noqa: F401
import pytest
from generation import AIRFLOW, TERM_IS_HEARD
from launched.ran import Ran, run_dag


@pytest.fixture(scope="session")
def empty_image() -> Iterator[str]:
    """An image with nothing in it."""
    import docker

    client = docker.APIClient("unix:///var/run/docker.sock")
    name = f"airlock-test-empty-{secrets.token_hex(4)}"
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("nothing"))
    client.import_image_from_data(held.getvalue(), repository=name, tag="1")
    yield f"{name}:1"
    client.remove_image(f"{name}:1")
    client.close()


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory, empty_image: str) -> Ran:
    return run_dag("container", tmp_path_factory.mktemp("container"), AIRLOCK_TEST_EMPTY=empty_image)


def test_nothing_is_left_behind_by_any_task(ran: Ran) -> None:
    assert {name: task["left"] for name, task in ran.tasks.items() if task["left"]} == {}


def test_arguments_of_docker_operator_act_and_are_rendered(ran: Ran) -> None:
    there: Any = ran.returned("worker")
    assert re.fullmatch("manual__2024-03-10.* of worker", there["variable"])
    assert (there["user"], there["network"], there["memory"]) == ("0", ["lo"], 1500 << 20)


def test_questions_are_answered_over_the_engine(ran: Ran) -> None:
    assert ran.returned("asks") == "hello"


def test_a_connection_that_is_dropped_is_dialled_again(ran: Ran) -> None:
    assert ran.returned("dropped") == "went on"


def test_a_container_that_is_removed_is_told_as_such(ran: Ran) -> None:
    raised = ran.raised("removed")
    says = "IsolatedTaskLost: The task's process in the container of .* (is gone|ended with exit code 137), and told no"
    assert re.match(says, raised), raised


def test_a_container_that_is_stopped_is_told_as_such(ran: Ran) -> None:
    raised = ran.raised("stopped")
    assert re.match("IsolatedTaskFailed: .*SIGTERM" if AIRFLOW == 2 else "IsolatedTaskLost: .*was told to stop", raised)
    assert "on_kill ran" in ran.log("stopped")


def test_a_task_that_is_over_its_memory_is_told_apart(ran: Ran) -> None:
    assert re.match(
        r"IsolatedTaskLost: The task's process in the container of \S+ ran out of memory and was killed, and told no",
        ran.raised("memory"),
    )
    assert "the last line" in ran.log("memory")


def test_a_process_that_is_lost_is_told_with_its_exit_code_and_last_line(ran: Ran) -> None:
    assert re.match("IsolatedTaskLost: .* ended with exit code 3, and told no outcome", ran.raised("exits"))
    assert "the last line" in ran.log("exits")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("timed_out", "AirflowTaskTimeout: "),
        pytest.param(
            "killed",
            "AirflowTaskTerminated: |AirflowException: " if AIRFLOW == 2 else "Isolated",
            marks=pytest.mark.skipif(not TERM_IS_HEARD, reason="before 3.0.4 a task that is ended ends unheard"),
        ),
    ],
)
def test_a_task_that_is_ended_ends_with_its_container(ran: Ran, name: str, says: str) -> None:
    assert re.match(says, ran.raised(name)), ran.raised(name)
    assert ran.tasks[name]["left"] == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no_image", "IsolationError: no_image: the container of airlock-test/there-is-none:1 could not be started by"),
        (
            "no_python",
            r"IsolationError: no_python: .*airlock-test-empty-\w+:1 .* An environment's image needs a python3",
        ),
        ("no_engine", "IsolationError: no_engine: .* by the engine at unix:///there/is/none.sock: "),
        ("wrong", "IsolationError: wrong: isolated_operator_kwargs, .* takes: .*DockerOperator.*colour"),
    ],
)
def test_what_keeps_a_container_from_starting_is_told(ran: Ran, name: str, says: str) -> None:
    assert re.match(says, ran.raised(name), re.DOTALL), ran.raised(name)
