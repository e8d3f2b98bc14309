"""Whoever talks to a runner that forks: packets, of children by their numbers."""

from __future__ import annotations

import io
import json
import struct
from collections import defaultdict
from typing import Any, Callable, Iterator

from runner_process import Told

from airlock_runtime.wire.frames import encode_frame, read_frame

DATA, ERROR, EXIT, END = 1, 2, 3, 4
HEAD = struct.Struct(">IBI")


class ForkClient:
    """
    :param read: as that of a file that is buffered
    """

    def __init__(self, read: Callable[[int], bytes], write: Callable[[bytes], Any]) -> None:
        self._read, self._write = read, write

    def send(self, child: int, kind: int, payload: bytes = b"") -> None:
        self._write(HEAD.pack(child, kind, len(payload)) + payload)

    def ask(self, child: int, message: dict[str, Any]) -> None:
        frame = encode_frame(message)
        for start in range(0, len(frame), 1000):
            self.send(child, DATA, frame[start : start + 1000])

    def packets(self) -> Iterator[tuple[int, int, bytes]]:
        while head := self._read(HEAD.size):
            child, kind, length = HEAD.unpack(head)
            yield child, kind, self._read(length)

    def until_said(self, text: bytes) -> None:
        """Until children have told that much."""
        said = b""
        for _, kind, payload in self.packets():
            said += payload if kind == DATA else b""
            if text in said:
                return

    def until_ended(self, *children: int) -> tuple[dict[int, Told], dict[int, dict[str, Any]]]:
        """What they told, and how each ended."""
        streams: dict[int, bytes] = defaultdict(bytes)
        exits: dict[int, dict[str, Any]] = {}
        for child, kind, payload in self.packets():
            if kind == DATA:
                streams[child] += payload
            if kind == EXIT:
                exits[child] = json.loads(payload)
            if set(children) <= exits.keys():
                break
        return {child: Told(list(_events(stream))) for child, stream in streams.items()}, exits


def _events(stream: bytes) -> Iterator[dict[str, Any]]:
    source = io.BytesIO(stream)
    while event := read_frame(source.read):
        yield event
