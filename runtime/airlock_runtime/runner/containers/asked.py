"""A container as the runner sees it: started, read and looked into by questions.

Contract: what cannot be had is a `Failure`, an exception that operators clean up after and that fails the task.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Iterator, Mapping

from airlock_runtime.runner.channel import Channel, Refused
from airlock_runtime.wire.outcome import Failure


@dataclass(frozen=True)
class Exit:
    code: int
    oom_killed: bool


class Asked:
    """A container that has been started.

    :param wanted: its image and how it is started, by the names of the contract
    :raises Failure: `container`, with the reason
    """

    def __init__(self, channel: Channel, wanted: Mapping[str, Any]) -> None:
        self._channel = channel
        self._id: str = self._ask({"kind": "container", "container": dict(wanted)})
        self._exit: Exit | None = None

    def lines(self) -> Iterator[str]:
        """What it writes, line by line as it comes, to its end; each line once."""
        rest = ""
        while self._exit is None:
            told = self._ask({"kind": "container_output", "id": self._id})
            if "text" not in told:
                self._exit = Exit(told["code"], told["oom_killed"])
                break
            *whole, rest = (rest + told["text"]).split("\n")
            yield from whole
        if rest:
            yield rest

    def wait(self) -> Exit:
        """How it ended, once it has."""
        for _ in self.lines():
            pass
        assert self._exit is not None
        return self._exit

    def file(self, path: str) -> bytes | None:
        """A file of it; None where there is none."""
        content: str | None = self._ask({"kind": "container_file", "id": self._id, "path": path})
        return None if content is None else base64.b64decode(content)

    def _ask(self, question: Mapping[str, Any]) -> Any:
        try:
            return self._channel.ask(question)
        except Refused as refusal:
            raise Failure("container", str(refusal)) from None
