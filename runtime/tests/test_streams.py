"""What a task prints, in every way that could get in the way of the protocol."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from conftest import Project, Run
from conversation import is_there
from generation import BASH
from runner_process import RunnerProcess, Told, execute, task

PRINTING = "airlock_test_image.PrintingOperator"
ENDING = "airlock_test_image.EndingOperator"


def printed(run_task: Run, how: str) -> Told:
    told = run_task(task(PRINTING, how=how))
    assert told.outcome["state"] == "success"
    assert told.returned == "done"
    return told


def test_what_looks_like_a_frame_is_a_line(run_task: Run) -> None:
    told = printed(run_task, "frames")
    assert sum('"event":"outcome"' in line for line in told.lines("stdout")) == 2


def test_bytes_that_are_no_text_are_replaced(run_task: Run) -> None:
    told = printed(run_task, "bytes")
    assert "caf\ufffd \ufffd" in told.lines("stdout")
    assert "no end of line" in told.lines("stderr")


def test_a_flood_comes_whole_and_in_parts(run_task: Run) -> None:
    lines = printed(run_task, "flood").lines("stdout")
    assert max(map(len, lines)) <= 16 * 1024
    assert sum(line.count("x") for line in lines) == 64 * 65536
    assert lines[-1] == "after the flood"


def test_closed_standard_streams_leave_the_channel_alone(run_task: Run) -> None:
    assert "after the close" in printed(run_task, "closed").lines("log")


def test_programs_that_the_task_starts_are_heard(run_task: Run) -> None:
    told = printed(run_task, "program")
    assert "out" in told.lines("stdout")
    assert "err" in told.lines("stderr")


def test_a_program_left_running_does_not_hold_the_outcome(run_task: Run) -> None:
    told = printed(run_task, "daemon")
    (pid,) = [int(line.split()[1]) for line in told.lines("stdout") if line.startswith("pid ")]
    os.kill(pid, signal.SIGTERM)


def test_what_threads_print_comes_whole(run_task: Run) -> None:
    text = "".join(printed(run_task, "threads").lines("stdout"))
    assert all(f"<{n} {i}>" in text for n in range(4) for i in range(50))


def test_a_fork_of_the_task_does_not_break_into_the_conversation(run_task: Run) -> None:
    told = printed(run_task, "fork")
    assert any("from the fork" in line for line in told.lines())


def test_a_task_that_kills_its_process_leaves_whole_frames_and_no_outcome(project: Project) -> None:
    with RunnerProcess(project.env) as runner:
        runner.send(execute(task(ENDING, how="kill")))
        events = runner.converse()
        assert runner.process.wait() == 3
    assert events[0]["event"] == "ready"
    assert not Told(events).of("outcome")


@pytest.mark.parametrize("described", [task(BASH, bash_command="echo $$; sleep 600"), task(PRINTING, how="and_sleep")])
def test_a_task_ends_with_what_it_started_when_its_client_is_gone(
    project: Project, tmp_path: Path, described: dict[str, Any]
) -> None:
    with RunnerProcess({**project.env, "TMPDIR": str(tmp_path)}) as runner:
        runner.send(execute(described))
        told = runner.events()
        started = next(int(event["message"]) for event in told if event.get("message", "").isdigit())
        runner.hang_up()
        for _ in told:
            pass
        runner.process.wait()
        assert not is_there(started)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("airlock")] == []


def test_a_question_that_nobody_will_answer_ends_the_task(project: Project) -> None:
    with RunnerProcess(project.env) as runner:
        runner.send(execute(task("airlock_test_image.SqliteOperator", sql="SELECT 1")))
        assert any(event["event"] == "ask" for event in iter(runner.receive, None))
        runner.hang_up()
        assert all(event["event"] != "ask" for event in iter(runner.receive, None))
        runner.process.wait()
