"""The outer task's side of the conversation: sends the request, answers questions, hears events to the outcome.

Contract: contract/README.md. What is heard goes to `Hears`; the outcome is returned.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Callable, Mapping, Protocol

from airlock_runtime.launch.errors import IsolatedTaskLost, IsolationError
from airlock_runtime.launch.stream import Ending, Stream
from airlock_runtime.wire.frames import PROTOCOL, FrameCutOff, FrameError, FrameTooLarge, encode_frame, read_frame

log = logging.getLogger("airflow.task.isolated")

Event = Mapping[str, Any]
Answer = Callable[[Mapping[str, Any]], Any]
"""Answers a question with neutral JSON; raises with the reason where it cannot."""


class Detached(Exception):
    """The task goes on alone: it has all that it asked for, and what it tells is kept where it runs."""


class Hears(Protocol):
    def hear(self, event: Event) -> None:
        """One event: `log`, `rendered`, `xcom`, `skip`."""


@dataclass(frozen=True)
class Conversation:
    """
    :param limit: the most bytes that one message has
    :param answer: answers what the inner task asks
    :param where: what the task runs in, for messages
    """

    request: Mapping[str, Any]
    limit: int
    answer: Answer
    hears: Hears
    where: str

    def hold(self, stream: Stream) -> Event:
        """Talks to the end.

        :returns: the `outcome` event
        :raises IsolationError: where the request cannot be sent, or nothing there understands it
        :raises IsolatedTaskLost: where the process ended without an outcome
        :raises Detached: where the request has asked for that
        """
        stream.write(self.frame())
        outcome: Event | None = None
        try:
            while (event := read_frame(stream.read, self.limit)) is not None:
                outcome = self._heed(event, stream) or outcome
        except FrameCutOff:
            pass  # the process is gone: how it ended is worth more
        except FrameError as error:
            if outcome is None:
                message = f"The conversation with the task in {self.where} broke off: {error}"
                raise IsolatedTaskLost(message) from error
        if outcome is None:
            raise lost(self.where, stream.ending())
        return outcome

    def frame(self) -> bytes:
        """The request, as it is sent.

        :raises IsolationError: where it is too large
        """
        try:
            return encode_frame(dict(self.request), self.limit)
        except FrameTooLarge as error:
            raise IsolationError(
                f"The task is too large to be sent: {error} ([airlock] message_limit). Pass references to its data "
                "(a path, a table, a key) and not the data itself"
            ) from None

    def _heed(self, event: Event, stream: Stream) -> Event | None:
        kind = event.get("event")
        if kind == "outcome":
            return event
        if kind == "detached":
            raise Detached
        if kind == "ready":
            _check(event, self.where)
        elif kind == "ask":
            stream.write(encode_frame(_reply(event, self.answer, self.limit), self.limit))
        else:
            self.hears.hear(event)
        return None


def lost(where: str, ending: Ending) -> IsolatedTaskLost:
    """What is raised where the task's process ended without an outcome."""
    words = f". Its last words:\n{ending.last_words}" if ending.last_words.strip() else ""
    return IsolatedTaskLost(f"The task's process in {where} {ending}, and told no outcome{words}")


def _check(ready: Event, where: str) -> None:
    if ready.get("protocol") != PROTOCOL:
        raise IsolationError(
            f"The runner in {where} speaks protocol {ready.get('protocol')!r}, this Airlock {PROTOCOL}: a waiting "
            "runner of another version has answered"
        )


def _reply(event: Event, answer: Answer, limit: int) -> dict[str, Any]:
    try:
        told = {"answer": event["id"], "value": answer(event["question"])}
        encode_frame(told, limit)
        return told
    except FrameTooLarge as error:
        return {"answer": event["id"], "refused": f"{error} ([airlock] message_limit)"}
    except Exception as error:
        log.warning("The isolated task's question for %s was refused: %s", _named(event["question"]), error)
        return {"answer": event["id"], "refused": str(error) or type(error).__name__}


def _named(question: Mapping[str, Any]) -> str:
    return f"{question.get('kind')} {question.get('id') or question.get('task_id') or ''}".rstrip()
