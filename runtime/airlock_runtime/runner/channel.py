"""The conversation with whoever started the runner: events and questions out, one request and answers in.

Contract: owns two private file descriptors that programs started by the task do not inherit. Threads may send and ask
at the same time. A process that the task forked is not part of the conversation: its log lines go to standard error,
its questions are refused.
"""

from __future__ import annotations

import os
import select
import threading
from typing import Any, Mapping

from airlock_runtime.wire.frames import FrameError, encode_frame, read_frame


class Refused(BaseException):
    """What the task asked for cannot be had here.

    Not an `Exception`: operators and secrets backends swallow those, and would go on with a guess.
    """


class Channel:
    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._process = os.getpid()
        self._sending = threading.RLock()
        self._asking = threading.RLock()
        self._asked = 0

    def send(self, event: Mapping[str, Any]) -> None:
        """Sends one event. Where nobody listens any more it is lost.

        :raises FrameTooLarge: over the protocol's limit
        """
        if os.getpid() != self._process:
            _tell_from_a_fork(event)
            return
        frame = memoryview(encode_frame(dict(event)))
        with self._sending:
            try:
                while frame:
                    frame = frame[os.write(self._write_fd, frame) :]
            except BrokenPipeError:
                return

    def receive(self) -> dict[str, Any] | None:
        """The next message from the other side; None where it has hung up.

        :raises FrameError: what came is no message
        """
        return read_frame(lambda size: os.read(self._read_fd, size))

    def waiting(self, seconds: float | None) -> bool:
        """Whether a message, or the end of them, comes within that time (None: waits for it)."""
        return bool(select.select([self._read_fd], [], [], seconds)[0])

    def ask(self, question: Mapping[str, Any]) -> Any:
        """Asks and waits for the answer.

        :raises Refused: with the other side's reason, or where there is nobody to answer
        """
        if os.getpid() != self._process:
            raise Refused(f"A process forked by the task asks for {_named(question)}: only the task itself can")
        with self._asking:
            self._asked += 1
            self.send({"event": "ask", "id": self._asked, "question": question})
            try:
                answer = self.receive()
            except FrameError as error:
                raise Refused(f"No answer to the question for {_named(question)}: {error}") from error
            if answer is None or answer.get("answer") != self._asked:
                raise Refused(f"No answer to the question for {_named(question)}: nobody is there to answer")
            if "refused" in answer:
                raise Refused(f"The question for {_named(question)} was refused: {answer['refused']}")
            return answer.get("value")


def _named(question: Mapping[str, Any]) -> str:
    return f"{question['kind']} {question.get('id') or question.get('task_id')!r}"


def _tell_from_a_fork(event: Mapping[str, Any]) -> None:
    if event.get("event") == "log":
        os.write(2, f"{event.get('message')}\n".encode())
