"""Frames: a 4-byte big-endian length, and that many bytes of UTF-8 JSON, one object.

Contract: knows bytes and JSON only; standard library; the limit is the protocol's, both ways.
"""

from __future__ import annotations

import json
from typing import Any, Callable

PROTOCOL = 1
"""Version of the protocol; a runner refuses a request of another one."""

FRAME_LIMIT = 16 * 1024 * 1024
"""The most bytes that one frame's JSON holds, where nobody says otherwise."""


class FrameError(Exception):
    """What came is no frame of this protocol, or what is to go is too large for one."""


class FrameCutOff(FrameError):
    """The stream ended inside a message."""


class FrameTooLarge(FrameError):
    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"A message of {_in_words(size)} is over the limit of {_in_words(limit)}")


def _in_words(size: int) -> str:
    return f"{size / 2**20:.4g} MiB" if size >= 2**20 else f"{size / 2**10:.4g} KiB"


def encode_frame(message: dict[str, Any], limit: int = FRAME_LIMIT) -> bytes:
    """The bytes of one frame.

    :raises FrameTooLarge: over the limit
    :raises ValueError, TypeError: for what is not JSON
    """
    body = json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
    if len(body) > limit:
        raise FrameTooLarge(len(body), limit)
    return len(body).to_bytes(4, "big") + body


def read_frame(read: Callable[[int], bytes], limit: int = FRAME_LIMIT) -> dict[str, Any] | None:
    """The next frame, or None where the stream ends before it.

    :param read: reads at most that many bytes, `b""` at the end
    :raises FrameError: cut off, too large, not JSON, not an object
    """
    head = _exactly(read, 4)
    if not head:
        return None
    if len(head) < 4:
        raise FrameCutOff(f"The stream ended inside a message's length ({len(head)} of 4 bytes)")
    size = int.from_bytes(head, "big")
    if size > limit:
        raise FrameTooLarge(size, limit)
    body = _exactly(read, size)
    if len(body) < size:
        raise FrameCutOff(f"The stream ended inside a message ({len(body)} of {size} bytes)")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"A message is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise FrameError(f"A message is a JSON {type(message).__name__}, not an object")
    return message


def _exactly(read: Callable[[int], bytes], size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = read(min(size, 1 << 20))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
