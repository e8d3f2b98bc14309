"""A runner that waits on a socket for one client after another."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import pytest
from fork_client import END, EXIT, ForkClient
from runner_process import RunnerProcess, execute, task

BASH = "airflow.providers.standard.operators.bash.BashOperator"


def echo(text: str) -> dict[str, Any]:
    return execute(task(BASH, bash_command=text))


@contextmanager
def listening(path: Path, **fields: Any) -> Iterator[RunnerProcess]:
    """Until then it says what it has to say by its output; then it has none."""
    request = {"protocol": 1, "kind": "prepare", "fork": True, "idle_s": 60, "lease_s": 60, "listen": str(path)}
    with RunnerProcess(prepared=True) as runner:
        runner.send({**request, **fields})
        assert [event["event"] for event in runner.converse()] == ["ready", "listening"]
        yield runner


@contextmanager
def client(path: Path) -> Iterator[ForkClient]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        with connection.makefile("rb") as incoming:
            yield ForkClient(incoming.read, connection.sendall)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "socket"


def test_it_serves_one_client_after_another(path: Path) -> None:
    with listening(path):
        for number, text in ((1, "one"), (2, "two")):
            with client(path) as one:
                one.ask(number, echo(f"echo {text}"))
                told, exits = one.until_ended(number)
            assert (told[number].returned, exits[number]["code"]) == (text, 0)


def test_what_a_client_has_begun_ends_with_it_and_the_next_one_hears_nothing_of_it(path: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    with listening(path):
        with client(path) as gone:
            gone.ask(1, echo(f"echo $$ > {begun}; sleep 600"))
            shell = int(begun.read_text())
        with client(path) as other:
            other.ask(2, echo(f"while kill -0 {shell}; do sleep 0.1; done; echo over"))
            told, _ = other.until_ended(2)
        assert (told[2].returned, told.keys()) == ("over", {2})


def test_it_ends_with_its_first_child_where_it_is_to_be_used_once(path: Path) -> None:
    with listening(path, once=True) as runner, client(path) as one:
        one.ask(1, echo("echo well"))
        told, exits = one.until_ended(1)
        assert (told[1].returned, exits[1]["code"]) == ("well", 0)
        assert runner.process.wait() == 0


def test_it_tells_how_its_only_child_was_killed(path: Path) -> None:
    with listening(path, once=True) as runner, client(path) as one:
        one.ask(1, echo("kill -9 $PPID"))
        assert one.until_ended(1)[1] == {1: {"code": 137, "oom": False}}
        assert runner.process.wait() == 0


def test_it_ends_when_it_is_asked_to_with_what_runs(path: Path) -> None:
    with listening(path) as runner, client(path) as one:
        one.ask(1, echo("echo started; sleep 600"))
        one.until_said(b'"started"')
        one.send(0, END)
        assert any((child, kind) == (1, EXIT) for child, kind, _ in one.packets())
        assert runner.process.wait() == 0


def test_it_ends_when_nobody_comes(path: Path) -> None:
    with listening(path, idle_s=0.1) as runner:
        assert runner.process.wait() == 0


def test_its_files_go_with_it(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own"
    own.mkdir(mode=0o700)
    monkeypatch.setenv("_AIRLOCK_FOLDER", str(own))
    with listening(own / "socket", idle_s=0.1) as runner:
        assert runner.process.wait() == 0
        assert not own.exists()


def test_its_task_does_not_hold_the_socket(path: Path) -> None:
    with listening(path, once=True), client(path) as one:
        one.ask(1, echo("ls -l /proc/self/fd /proc/$PPID/fd"))
        told, _ = one.until_ended(1)
        sockets = [fd for fd in os.listdir("/proc/self/fd") if _is_socket(fd)]
        assert sockets, "this test would see one"
        assert "socket:" not in "\n".join(line["message"] for line in told[1].of("log"))


def _is_socket(fd: str) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(int(fd)).st_mode)
    except OSError:
        return False
