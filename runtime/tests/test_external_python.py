"""An interpreter on the worker that carries a task, and what may be wrong with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable, Iterator

import outer_airflow  # noqa: F401
import pytest
from conftest import TESTS
from conversation import Heard, faulty, is_there, refuse
from generation import BASH
from runner_process import execute, task

from airlock_runtime.carriers.external_python import ExternalPython
from airlock_runtime.launch.conversation import Conversation
from airlock_runtime.launch.errors import IsolatedTaskLost, IsolationError
from airlock_runtime.launch.settings import Settings

Carry = Callable[..., "tuple[dict[str, Any], Heard]"]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where both sides make their temporary files; nothing of ours may be left there."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    assert [path.name for path in folder.iterdir() if path.name.startswith("airlock")] == []


@pytest.fixture
def carry(temporary: Path) -> Carry:
    def carry(described: dict[str, Any], heard: Heard | None = None, answer: Any = refuse, **arguments: Any) -> Any:
        carrier = external(env_vars={"PYTHONPATH": str(TESTS / "image")}, **arguments)
        heard = Heard() if heard is None else heard
        heard.carrier = carrier

        conversation = Conversation(execute(described), 1 << 24, answer, heard, carrier.where)
        return carrier.carry(conversation), heard

    return carry


def external(**arguments: Any) -> ExternalPython:
    settings = Settings("external_python", None, sys.executable)
    return ExternalPython("hello", "team", settings, arguments)


def test_a_process_that_ends_without_an_outcome_is_told_with_how_it_ended(carry: Carry) -> None:
    heard = Heard()
    with pytest.raises(IsolatedTaskLost, match=f"{sys.executable} ended with exit code 3, and told no outcome"):
        carry(faulty("exit", 3), heard)
    assert "the last line" in heard.lines


def test_a_crash_is_told_with_where_it_was(carry: Carry) -> None:
    with pytest.raises(IsolatedTaskLost, match=r"(?s)ended by signal 11, .*last words:.*airlock_faults.py"):
        carry(faulty("crash"))


def test_a_process_that_the_task_leaves_does_not_hold_the_outcome(carry: Carry) -> None:
    outcome, heard = carry(faulty("daemon"))
    assert outcome["state"] == "success"
    assert is_there(heard.returned)
    os.kill(heard.returned, signal.SIGKILL)


@pytest.mark.parametrize("how", ["hang", "deaf"])
def test_a_task_that_is_killed_ends_with_all_that_it_started(carry: Carry, how: str) -> None:
    heard, pids = Heard(), []

    def on_line(line: str) -> None:
        if line.startswith("hanging "):
            pids.extend(map(int, line.split()[1:]))
            raise TimeoutError("as Airflow raises it")

    heard.on_line = on_line
    with pytest.raises(TimeoutError):
        carry(faulty(how), heard)
    assert len(pids) == 2
    assert not any(map(is_there, pids))


def test_a_kill_lets_the_task_clean_up(carry: Carry) -> None:
    heard = Heard()
    heard.on_line = lambda line: line.startswith("hanging ") and heard.carrier.kill()
    with suppress(IsolatedTaskLost):  # Airflow 3's tasks go on after on_kill, until they are ended
        assert carry(faulty("hang"), heard)[0]["state"] == "failed"
    assert "on_kill ran" in heard.lines


def test_airflows_own_variables_stay_outside(carry: Carry, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AIRFLOW_CONN_SECRET", "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW_HOME", "AIRFLOW_CTX_DAG_ID", "OTHER"):
        monkeypatch.setenv(name, f"of the worker: {name}")
    outcome, heard = carry(task(BASH, bash_command="env | grep 'of the worker' | tr '\\n' ' '"))
    assert (outcome["state"], heard.returned) == ("success", "OTHER=of the worker: OTHER")


def test_an_environment_of_its_own(carry: Carry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER", "of the worker")
    outcome, heard = carry(task(BASH, bash_command="echo [${OTHER-}]"), inherit_env=False)
    assert (outcome["state"], heard.returned) == ("success", "[]")


@pytest.mark.parametrize(
    ("python", "says"),
    [
        ("/no/such/python", "/no/such/python is no interpreter that can be run on this worker"),
        ("/tmp", "/tmp is no interpreter"),
        (__file__, "test_external_python.py is no interpreter"),
        ("", "there is no interpreter to run in. Set ASTRO_PYENV_team"),
    ],
)
def test_what_is_no_interpreter_is_named(python: str, says: str) -> None:
    settings = Settings("external_python", None, None)
    with pytest.raises(IsolationError, match=says):
        ExternalPython("hello", "team", settings, {"python": python})


def test_what_cannot_be_run_after_all_is_named(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("neither a script nor a binary")
    program.chmod(0o755)
    with pytest.raises(IsolationError, match=f"hello: {program} cannot be run: .*format"):
        external(python=str(program)).carry(Conversation({}, 1 << 24, refuse, Heard(), "it"))


@pytest.mark.parametrize(("python", "says"), [("/bin/false", "exit code 1"), ("/bin/sh", "exit code 2")])
def test_a_program_that_is_no_python_is_told_with_its_last_words(carry: Carry, python: str, says: str) -> None:
    with pytest.raises(IsolatedTaskLost, match=f"The task's process in {python} ended with {says}") as lost:
        carry(faulty("python"), python=python)
    assert ("last words" in str(lost.value)) == (python == "/bin/sh")


def test_an_interpreter_without_airflow_is_told_as_such(carry: Carry, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    outcome, _ = carry(faulty("python"), python=str(tmp_path / "venv/bin/python"), inherit_env=False)
    assert outcome["state"] == "failed"
    assert "no Airflow" in outcome["error"]["message"]


def test_an_argument_that_the_carrier_does_not_know_is_named() -> None:
    with pytest.raises(IsolationError, match="hello: isolated_operator_kwargs has colour, which external_python does"):
        external(colour="red")
