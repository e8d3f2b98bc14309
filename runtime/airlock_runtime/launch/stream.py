"""What carries a conversation: bytes both ways, and how the other side's process ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Ending:
    """How a process ended.

    :param code: its exit code, or minus the number of the signal that ended it; None where nobody knows
    :param out_of_memory: whether it was killed at its memory limit
    :param stopped: whether its container was told to stop while it ran
    :param last_words: the end of what it wrote outside of the conversation
    """

    code: int | None = None
    out_of_memory: bool = False
    stopped: bool = False
    last_words: str = ""

    def __str__(self) -> str:
        return f"was told to stop from outside, and {self._ended}" if self.stopped else self._ended

    @property
    def _ended(self) -> str:
        if self.out_of_memory:
            return "ran out of memory and was killed"
        if self.code is None:
            return "is gone"
        if self.code < 0:
            return f"was ended by signal {-self.code}"
        return f"ended with exit code {self.code}"


class Stream(Protocol):
    def read(self, size: int) -> bytes:
        """At most that many bytes; waits for the first; `b""` where no more will come."""

    def write(self, data: bytes) -> None:
        """All of them."""

    def close(self) -> None:
        """Hangs up: an inner task that is still at work is ended, and gets the time to clean up. Any thread."""

    def ending(self) -> Ending:
        """How the other side's process ended; waits for it, where `read` has told the end."""
