"""Listener, porter, relay and runner as they stand in a container, and connections to them that drop."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any, Callable, Iterator

import outer_airflow  # noqa: F401
import pytest
from container import Container, Relay
from conversation import Event, Heard, faulty, greet, is_there, refuse
from generation import AIRFLOW, BASH
from runner_process import execute, task

from airlock_runtime.carriers import link_stream
from airlock_runtime.carriers.link_stream import LinkStream
from airlock_runtime.inside.link import frame
from airlock_runtime.launch.conversation import Conversation, Detached
from airlock_runtime.launch.errors import IsolatedTaskLost, IsolationError

LIMIT = 1 << 24


def talk(
    stream: LinkStream,
    described: dict[str, Any],
    answer: Callable[[Event], Any] = refuse,
    heard: Heard | None = None,
    **more: Any,
) -> tuple[Event, Heard]:
    """The whole conversation: the outcome, and what was heard before it."""
    heard = Heard() if heard is None else heard
    with closing(stream):
        try:
            return Conversation(execute(described, **more), LIMIT, answer, heard, "the container").hold(stream), heard
        except Detached:
            stream.settle()  # as a carrier does before it leaves
            raise


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    with Container(tmp_path) as container:
        yield container


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
    pid, _ = hang(container, "deaf", patience=0.1, grace=0.1)
    assert container.listener.wait() == 1
    assert not is_there(pid)


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


def test_a_relay_passes_on_what_came_before_nobody_was_there_any_more(tmp_path: Path) -> None:
    (tmp_path / "airlock-ended").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "airlock-ended/socket"))
        server.listen()
        relay = Relay("ended", {**os.environ, "TMPDIR": str(tmp_path)})
        try:
            porter, _ = server.accept()
            with porter:
                porter.sendall(b"x" * 150_000)  # more than the relay can pass on before it is read
            relay.send(b"acknowledged")
            with pytest.raises(subprocess.TimeoutExpired):
                relay.process.wait(1)
            told = b"".join(iter(lambda: relay.receive(30) or b"", b""))
        finally:
            relay.end()
    assert len(told) == 150_000


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
