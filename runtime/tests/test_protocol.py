"""Requests that are none, and the conversation around a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from generation import AIRFLOW, BASH
from runner_process import ROOT, RunnerProcess, Told, execute, request, run, task


def bytes_of(message: object) -> bytes:
    body = json.dumps(message).encode()
    return len(body).to_bytes(4, "big") + body


def told_after(data: bytes, hang_up: bool = False) -> Told:
    with RunnerProcess() as runner:
        runner.write(data)
        if hang_up:
            runner.hang_up()
        events = runner.converse()
        assert runner.process.wait() == 0
    return Told(events)


def test_ready_names_the_versions_before_anything_else() -> None:
    first = told_after(b"", hang_up=True).events[0]
    assert first["event"] == "ready"
    assert first["protocol"] == 1
    assert first["airflow"].startswith(f"{AIRFLOW}.")
    assert first["python"].startswith("3.")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\0\0\0\4nope", "not JSON"),
        (b"\x01\0\0\1", "over the limit of 16 MiB"),
        (bytes_of([1]), "not an object"),
        (bytes_of({"protocol": 99, "kind": "execute"}), "protocol 99"),
        (bytes_of({"kind": "execute"}), "protocol None"),
        (bytes_of(request("dance")), "kind 'dance'"),
        (bytes_of(request("execute")), "task is None"),
        (bytes_of(request("execute", task={"dag_id": 1}, run={})), "task.dag_id is 1"),
        (bytes_of(execute(task(BASH), run={"run_id": None})), "run.run_id is None"),
        (bytes_of(execute(task(BASH), run={"logical_date": "yesterday"})), "run.logical_date is 'yesterday'"),
    ],
)
def test_a_wrong_request_is_told_as_such(data: bytes, says: str) -> None:
    outcome = told_after(data).outcome
    assert outcome["state"] == "failed"
    assert outcome["error"]["code"] == "protocol"
    assert says in outcome["error"]["message"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "ended before a request"),
        (b"\0\0", "inside a message's length"),
        (b"\0\0\1\0{", "1 of 256 bytes"),
    ],
)
def test_a_request_that_is_cut_off_is_told_as_such(data: bytes, says: str) -> None:
    error = told_after(data, hang_up=True).error
    assert (error["code"], says in error["message"]) == ("protocol", True)


def test_unknown_fields_are_ignored() -> None:
    message = execute(task(BASH, bash_command="echo hi"), later={"a": 1}, execution={"mode": "local"})
    message["task"]["later"] = message["run"]["later"] = 1
    assert run(message).returned == "hi"


def test_a_spare_that_waits_takes_its_request_later() -> None:
    with RunnerProcess() as spare:
        assert (spare.receive() or {})["event"] == "ready"
        spare.send(execute(task(BASH, bash_command="echo late")))
        assert Told(spare.converse()).returned == "late"


def test_the_stream_that_does_not_begin_with_the_runner_ends_with_a_reason() -> None:
    command = [sys.executable, "-c", (ROOT / "airlock_runtime/inside/bootstrap.py").read_text()]
    done = subprocess.run(command, input=b"GET / HTTP/1.1\r\n", capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"did not begin with the runner" in done.stderr


def test_a_module_in_the_working_directory_does_not_stand_in_for_pythons_own(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('mine')\n")
    assert run(request("dance"), cwd=tmp_path).error["code"] == "protocol"


def test_nothing_is_left_on_the_disk(tmp_path: Path) -> None:
    assert run(execute(task(BASH, bash_command="echo hi")), env={"TMPDIR": str(tmp_path)}).returned == "hi"
    assert list(tmp_path.iterdir()) == []
