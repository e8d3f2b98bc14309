"""The outer task's side of a conversation, for tests that look at what carries it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any, Callable, Mapping

from runner_process import by_line, execute, task

from airlock_runtime.carriers.link_stream import LinkStream
from airlock_runtime.launch.conversation import Conversation, Detached

FAULTY = "airlock_faults.FaultyOperator"
Event = Mapping[str, Any]


class Heard(list):  # type: ignore[type-arg]
    """What an inner task tells; calls `on_line` with each line of its log."""

    on_line: Callable[[str], object] | None = None
    carrier: Any = None

    def hear(self, event: Event) -> None:
        for one in by_line(event):
            self.append(one)
            if self.on_line and one["event"] == "log":
                self.on_line(one["message"])

    @property
    def lines(self) -> list[str]:
        return [event["message"] for event in self if event["event"] == "log"]

    @property
    def returned(self) -> Any:
        (value,) = [event["value"] for event in self if event["event"] == "xcom"]
        return value


def faulty(how: str, value: Any = None) -> dict[str, Any]:
    """A task that does what tests/image/airlock_faults.py calls so."""
    return task(FAULTY, how=how, value=value)


def refuse(question: Event) -> Any:
    raise LookupError("nothing is there")


def greet(question: Event) -> str:
    return "hello" if question["kind"] == "variable" else refuse(question)


def is_there(pid: int) -> bool:
    """Whether a process is there, and more than an entry that its parent has yet to read."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


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
