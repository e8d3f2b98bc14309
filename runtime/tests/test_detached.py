"""Tasks that go on alone: nobody listens behind a `detached` event that was heard, and what they tell is written down."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import outer_airflow  # noqa: F401
import pytest
from container import Container
from conversation import faulty, talk
from generation import BASH
from runner_process import task

from airlock_runtime.launch.conversation import Detached

AHEAD: dict[str, list[str]] = {"connections": [], "variables": [], "xcoms": []}


def detached(container: Container, described: dict[str, Any], result: Path, **more: Any) -> None:
    with pytest.raises(Detached):
        talk(container.stream(result=str(result), **more.pop("options", {})), described, detach=AHEAD, **more)


def test_a_detached_task_leaves_its_result(container: Container, tmp_path: Path) -> None:
    result = tmp_path / "result"
    detached(container, faulty("variable", "greeting"), result)
    assert container.listener.wait() == 0
    told = json.loads(result.read_text())
    assert [event["event"] for event in told["events"]] == ["outcome"]
    outcome = told["events"][-1]
    assert outcome["state"] == "failed"
    assert "greeting" in outcome["error"]["message"] and "send_ahead" in outcome["error"]["message"]
    assert told["ending"]["code"] == 0
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("result")) == ["result"]


def test_a_detached_task_that_is_lost_leaves_how_it_ended(container: Container, tmp_path: Path) -> None:
    result = tmp_path / "result"
    detached(container, faulty("exit", 3), result)
    assert container.listener.wait() == 0
    told = json.loads(result.read_text())
    assert told["events"] == []
    assert told["ending"]["code"] == 3


def test_a_detached_task_leaves_no_half_result(container: Container, tmp_path: Path) -> None:
    result, half = tmp_path / "result", tmp_path / "result.new"
    os.mkfifo(half)  # so that the writing can be watched
    detached(container, faulty("large", 10 << 20), result)
    with half.open("rb") as read:
        assert read.read(1000)
        container.listener.kill()
        container.listener.wait()
    assert not result.exists()


def test_a_connection_that_drops_before_a_detached_event_is_acknowledged_is_dialled_again(
    container: Container, tmp_path: Path
) -> None:
    stream = container.stream(result=str(tmp_path / "result"))
    dial = stream._dial

    def fragile() -> Any:
        relay: Any = dial()
        receive = relay.receive

        def receive_and_break(seconds: float) -> bytes | None:
            data: bytes | None = receive(seconds)
            if data and b'"detached"' in data and len(container.relays) == 1:
                relay.process.kill()
                relay.process.wait()
            return data

        relay.receive = receive_and_break
        return relay

    stream._dial = fragile
    with pytest.raises(Detached):
        talk(stream, task(BASH, bash_command="true"), detach=AHEAD)
    assert len(container.relays) == 2
    assert container.listener.wait() == 0


def test_a_task_that_ends_as_it_detaches_waits_until_that_is_heard(container: Container, tmp_path: Path) -> None:
    result = tmp_path / "result"
    stream = container.stream({"received": 2000}, result=str(result))
    dial = stream._dial

    def late() -> Any:
        if container.relays and not result.exists():
            raise OSError("the network is down")
        return dial()

    stream._dial = late
    with pytest.raises(Detached):
        talk(stream, task(BASH, bash_command="echo " + "x" * 5000), detach=AHEAD)
    assert container.listener.wait() == 0
