"""Listener, porter, relay and runner as they stand in a container, and connections to them that drop."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import Any, Callable

import outer_airflow  # noqa: F401
import pytest
from container import Container
from conversation import Event, Heard, faulty, greet, is_there, talk
from generation import AIRFLOW, BASH
from runner_process import task

from airlock_runtime.carriers import link_stream
from airlock_runtime.inside.link import frame
from airlock_runtime.launch.errors import IsolatedTaskLost, IsolationError


def test_a_task_is_carried_through_a_private_socket_that_is_gone_afterwards(container: Container) -> None:
    modes = []

    def answer(question: Event) -> str:
        modes.append(container.mode)
        return greet(question)

    outcome, heard = talk(container.stream(), faulty("variable", "greeting"), answer)
    assert (outcome["state"], heard.returned) == ("success", "hello")
    assert set(modes) == {0o700}
    assert container.listener.wait() == 0
    assert list(container.temporary.iterdir()) == []


def test_a_connection_that_drops_while_the_porter_and_the_request_are_sent_loses_nothing(container: Container) -> None:
    cuts = [{"sent": 4}, {"sent": 5_000}, {"sent": 100_000}, {"sent": 2_000_000}]
    outcome, heard = talk(container.stream(*cuts), faulty("size", "x" * 3_000_000))
    assert (outcome["state"], heard.returned) == ("success", 3_000_000)


def test_a_connection_that_drops_in_a_large_xcom_loses_nothing(container: Container) -> None:
    outcome, heard = talk(container.stream({"received": 3_000_000}, {"received": 4_000_000}), faulty("large", 10 << 20))
    assert outcome["state"] == "success"
    assert heard.returned == "x" * (10 << 20)


def test_a_connection_that_drops_in_a_flood_of_lines_loses_none_and_repeats_none(container: Container) -> None:
    cuts = [{"received": size} for size in (100_000, 200_000, 1, 300_000, 400_000)]
    outcome, heard = talk(container.stream(*cuts), faulty("log", 6000))
    assert outcome["state"] == "success"
    numbers = [int(found[1]) for line in heard.lines if (found := re.match(r"line (\d+) ", line))]
    assert numbers == list(range(6000))
    assert len(container.relays) == 6


def test_a_large_answer_passes_a_flood_that_comes_the_other_way(container: Container) -> None:
    outcome, heard = talk(container.stream(), faulty("ask_in_a_flood"), lambda question: greet(question) * (2 << 20))
    assert (outcome["state"], heard.returned) == ("success", 10 << 20)


def test_a_connection_that_is_dead_without_a_sign_is_replaced(container: Container) -> None:
    stream = container.stream(silence=1)

    def answer(question: Event) -> str:
        if len(frozen) == 0:
            frozen.append(container.relays[-1])
            frozen[0].process.send_signal(signal.SIGSTOP)
        return greet(question)

    frozen: list[Any] = []
    outcome, heard = talk(stream, faulty("variable", "greeting"), answer)
    assert (outcome["state"], heard.returned) == ("success", "hello")
    assert container.relays[-1] is not frozen[0]


def test_a_stranger_gets_nothing_and_the_task_goes_on(container: Container) -> None:
    told = b""

    def answer(question: Event) -> str:
        nonlocal told
        stranger = container.dial()
        stranger.send(frame(b"H", b"0"))
        told = told or b"".join(iter(lambda: stranger.receive(10) or b"", b""))
        return greet(question)

    outcome, heard = talk(container.stream(), faulty("variable", "greeting"), answer)
    assert (outcome["state"], heard.returned) == ("success", "hello")
    assert re.fullmatch(rb"1H\0\0\0.\d+", told, re.DOTALL)


def test_a_container_that_is_told_to_stop_lets_its_task_clean_up(container: Container) -> None:
    heard = Heard()
    pids: list[int] = []

    def on_line(line: str) -> None:
        if line.startswith("hanging "):
            pids.extend(map(int, line.split()[1:]))
            container.terminate()

    heard.on_line = on_line
    if AIRFLOW == 2:
        assert talk(container.stream(), faulty("hang_and_ask"), heard=heard)[0]["state"] == "failed"
    else:  # after on_kill the task goes on there
        with pytest.raises(IsolatedTaskLost, match="was told to stop from outside, and ended with exit code 1"):
            talk(container.stream(), faulty("hang_and_ask"), heard=heard)
    assert [line for line in heard.lines if line.startswith("on_kill")] == [
        "on_kill ran",
        "on_kill asked in vain: AirflowNotFoundException",
        "on_kill is through",
    ]
    assert container.listener.wait() == 0
    assert not any(map(is_there, pids))
    assert list(container.temporary.iterdir()) == []


def hang(container: Container, how: str, then: Callable[[], None] = lambda: None, **options: float) -> list[int]:
    """Has a task hang, and goes away for good; returns the ids of its processes."""
    pids: list[int] = []
    stream = container.stream(echo=True, **options)

    def on_line(line: str) -> None:
        if line.startswith("hanging "):
            pids.extend(map(int, line.split()[1:]))
            stream.close()
            then()

    heard = Heard()
    heard.on_line = on_line
    with pytest.raises(IsolatedTaskLost):
        talk(stream, faulty(how), heard=heard)
    return pids


def test_a_task_whose_client_never_comes_back_ends_and_cleans_up(container: Container) -> None:
    pids = hang(container, "hang", patience=0.1)
    assert container.listener.wait() == 1
    assert not any(map(is_there, pids))
    assert "on_kill ran" in container.output
    assert list(container.temporary.iterdir()) == []


def test_a_container_that_is_told_to_stop_while_nobody_listens_waits_for_nobody(container: Container) -> None:
    pids = hang(container, "hang", then=container.terminate, patience=5)
    assert container.listener.wait() == 143
    assert not any(map(is_there, pids))
    assert "on_kill ran" in container.output
    assert list(container.temporary.iterdir()) == []


def test_a_task_that_cannot_hear_that_it_is_to_end_is_killed(container: Container) -> None:
    pid, child = hang(container, "deaf", patience=0.1, grace=0.1)
    assert container.listener.wait() == 1
    assert not is_there(pid)
    os.kill(child, signal.SIGKILL)  # a real container's own end ends what the task left there


@pytest.mark.parametrize(
    ("how", "value", "says"),
    [
        ("exit", 3, "ended with exit code 3"),
        ("exit", 0, "ended with exit code 0"),
        ("close_all", None, "ended with exit code 1"),
        ("signal", int(signal.SIGKILL), "was ended by signal 9"),
        ("crash", None, "was ended by signal 11"),
    ],
)
def test_a_process_that_ends_without_an_outcome_is_told_with_how_it_ended(
    container: Container, how: str, value: Any, says: str
) -> None:
    heard = Heard()
    with pytest.raises(
        IsolatedTaskLost, match=f"The task's process in the container {says}, and told no outcome"
    ) as lost:
        talk(container.stream(), faulty(how, value), heard=heard)
    if how == "crash":
        assert "Segmentation fault" in str(lost.value)
        assert "airlock_faults.py" in str(lost.value)
    else:
        assert "the last line" in heard.lines
    assert container.listener.wait() == 0


def test_a_process_that_ends_inside_a_message_is_told_like_any_other(container: Container) -> None:
    heard = Heard()
    stream = container.stream()
    killed = False

    def killing(size: int) -> bytes:
        nonlocal killed
        data = read(size)
        if not killed and size > 1 << 19:  # inside the XCom
            killed = True
            (runner,) = children(container.listener.pid)
            os.kill(runner, signal.SIGKILL)
        return data

    read, stream.read = stream.read, killing  # type: ignore[method-assign]
    with pytest.raises(IsolatedTaskLost, match="was ended by signal 9, and told no outcome"):
        talk(stream, faulty("large", 15 << 20), heard=heard)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_container_that_nobody_comes_to_ends_with_a_reason(tmp_path: Path) -> None:
    with Container(tmp_path, "0.1") as container:
        assert container.listener.wait() == 1
        assert "airlock: no task came within 0.1 seconds" in container.output
        assert list(container.temporary.iterdir()) == []


def test_a_container_that_is_told_to_stop_before_anybody_came_leaves_nothing(container: Container) -> None:
    assert container.dial().receive(10) == b"0"
    container.terminate()
    assert container.listener.wait() == 143
    assert list(container.temporary.iterdir()) == []


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"00000001", b"000000011", b"00000002[]", b"99999999{", b"00000002{}"]
)
def test_who_sends_no_porter_is_let_go_and_the_task_can_come(container: Container, sent: bytes) -> None:
    stranger = container.dial()
    assert stranger.receive(10) == b"0"
    stranger.send(sent)
    stranger.close()
    assert stranger.receive(10) == b""
    again = container.dial()
    assert again.receive(10) == b"0"


def test_who_connects_and_says_nothing_does_not_keep_the_task_out(tmp_path: Path) -> None:
    with Container(tmp_path, "5") as container:
        silent = container.dial()
        assert silent.receive(10) == b"0"
        outcome, heard = talk(container.stream(), task(BASH, bash_command="echo hi"))
        assert (outcome["state"], heard.returned) == ("success", "hi")


def test_a_listener_of_another_version_is_told_as_such(tmp_path: Path) -> None:
    with Container(tmp_path, listener=lambda text: text.replace('b"0"', 'b"7"')) as container:
        stream = container.stream(patience=0)
        with pytest.raises(IsolationError, match="neither a listener nor a porter of this Airlock answers, but b'7'"):
            talk(stream, task(BASH, bash_command="echo"))


def test_a_runner_of_another_protocol_is_told_as_such(
    container: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_stream, "runner_archive", older_runner)
    with pytest.raises(IsolationError, match="speaks protocol 0, this Airlock 1"):
        talk(container.stream(), task(BASH, bash_command="echo"))


def older_runner() -> bytes:
    import io
    import zipfile

    from airlock_runtime.launch.archive import runner_archive

    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(runner_archive())) as newer, zipfile.ZipFile(held, "w") as older:
        for name in newer.namelist():
            older.writestr(name, newer.read(name).replace(b"PROTOCOL = 1", b"PROTOCOL = 0"))
    return held.getvalue()


def test_text_that_has_no_bytes_reaches_the_containers_own_log(container: Container) -> None:
    outcome, heard = talk(container.stream(echo=True), faulty("odd_text"))
    assert outcome["state"] == "failed"
    told = json.dumps([outcome, *heard], ensure_ascii=False)
    assert "odd \ufffd error" in told
    assert told.encode()
    assert container.listener.wait() == 0
    # Airflow 3 itself makes a ? of it; 3.0 cannot log it, and says which message it was
    assert re.search("odd (\ufffd|\\?|%s) text", container.output)


def test_a_task_that_ends_while_the_connection_is_down_is_heard_to_the_end(container: Container) -> None:
    stream = container.stream({"received": 300_000})
    dial = stream._dial

    def late() -> Any:
        if container.relays and children(container.listener.pid):
            raise OSError("the network is down")
        return dial()

    stream._dial = late
    outcome, heard = talk(stream, faulty("log", 3000))
    assert outcome["state"] == "success"
    assert heard.returned == 3000
