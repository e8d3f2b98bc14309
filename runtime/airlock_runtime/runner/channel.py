"""The conversation with whoever started the runner: events and questions out, one request and answers in.

Contract: owns two private file descriptors that programs started by the task do not inherit. Threads may send and ask
at the same time: once the request is there, a thread of the channel's own reads, and hands each answer to who asked. A
process that the task forked is not part of the conversation: its log lines go to standard error, its questions are
refused.
"""

from __future__ import annotations

import os
import select
import threading
from typing import Any, Callable, Mapping

from airlock_runtime.wire.frames import FRAME_LIMIT, FrameError, encode_frame, read_frame


class Refused(BaseException):
    """What the task asked for cannot be had here.

    Not an `Exception`: operators and secrets backends swallow those, and would go on with a guess.
    """


class Channel:
    """:param limit: the most bytes that a message has, either way"""

    def __init__(self, read_fd: int, write_fd: int, limit: int = FRAME_LIMIT) -> None:
        self.limit = limit
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._process = os.getpid()
        self._sending = threading.RLock()
        self._answered = threading.Condition()
        self._answers: dict[int, Mapping[str, Any]] = {}
        self._asked = 0
        self._over = ""
        self._detached = ""
        self._held: list[memoryview] | None = None
        self._lease: float | None = None

    def hold(self) -> None:
        """Keeps what is sent until `release`, while nobody may be there to hear it."""
        self._held = []

    def release(self, lease: float | None = None) -> None:
        """Sends what was held.

        :param lease: seconds without a message after which the other side is taken for gone
        """
        held, self._held, self._lease = self._held or [], None, lease
        for frame in held:
            self._write(frame)

    def take_over(self, read_fd: int, write_fd: int) -> None:
        """In a process that was forked to be a runner of its own: from now on the conversation is over these."""
        self._read_fd, self._write_fd, self._process = read_fd, write_fd, os.getpid()

    @property
    def descriptors(self) -> tuple[int, int]:
        """What it reads and writes."""
        return self._read_fd, self._write_fd

    def detach(self, reason: str) -> None:
        """Tells the other side that it may go: from now on nothing is asked.

        :param reason: what is said to whoever asks all the same
        """
        self.send({"event": "detached"})
        self._detached = reason

    def send(self, event: Mapping[str, Any]) -> None:
        """Sends one event. Where nobody listens any more it is lost.

        :raises FrameTooLarge: over the protocol's limit
        """
        if os.getpid() != self._process:
            _tell_from_a_fork(event)
            return
        frame = memoryview(encode_frame(dict(event), self.limit))
        if self._held is not None:
            self._held.append(frame)
        else:
            self._write(frame)

    def _write(self, frame: memoryview) -> None:
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
        return read_frame(lambda size: os.read(self._read_fd, size), self.limit)

    def waiting(self, seconds: float | None) -> bool:
        """Whether a message, or the end of them, comes within that time (None: waits for it)."""
        return bool(select.select([self._read_fd], [], [], seconds)[0])

    def listen(self, on_end: Callable[[], None]) -> threading.Thread:
        """From now on reads answers; nobody else may receive any more.

        :param on_end: called, in the reading thread, when the other side is gone or talks no protocol any more
        :returns: the reading thread, which ends then
        """
        thread = threading.Thread(target=self._listen, args=(on_end,), name="airlock-answers", daemon=True)
        thread.start()
        return thread

    def ask(self, question: Mapping[str, Any]) -> Any:
        """Asks and waits for the answer.

        :raises Refused: with the other side's reason, or where there is nobody to answer
        """
        if os.getpid() != self._process:
            raise Refused(f"A process forked by the task asks for {_named(question)}: only the task itself can")
        if self._detached:
            raise Refused(f"{_named(question)} is not there. {self._detached}")
        with self._answered:
            self._asked += 1
            number = self._asked
        self.send({"event": "ask", "id": number, "question": question})
        with self._answered:
            self._answered.wait_for(lambda: number in self._answers or self._over)
            answer = self._answers.pop(number, None)
        if answer is None:
            raise Refused(f"No answer to the question for {_named(question)}: {self._over}")
        if "refused" in answer:
            raise Refused(f"The question for {_named(question)} was refused: {answer['refused']}")
        return answer.get("value")

    def _listen(self, on_end: Callable[[], None]) -> None:
        over = ""
        while not over:
            try:
                if not self.waiting(self._lease):
                    raise FrameError("nobody has been heard of")
                answer = self.receive()
                over = "nobody is there to answer" if answer is None else ""
            except (FrameError, OSError) as error:
                answer, over = None, str(error)
            with self._answered:
                if answer and isinstance(answer.get("answer"), int):
                    self._answers[answer["answer"]] = answer
                self._over = over
                self._answered.notify_all()
        on_end()


def _named(question: Mapping[str, Any]) -> str:
    asset = question.get("asset") or {}
    container = question.get("container") or {}
    name = question.get("id") or question.get("task_id") or container.get("image") or asset.get("alias")
    name = name or asset.get("name") or asset.get("uri")
    return f"{question['kind']} {name!r}"


def _tell_from_a_fork(event: Mapping[str, Any]) -> None:
    if event.get("event") == "log":
        os.write(2, f"{event.get('message')}\n".encode())
