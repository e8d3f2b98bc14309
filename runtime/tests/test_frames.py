from __future__ import annotations

import io
import random

import pytest

from airlock_runtime.wire.frames import FRAME_LIMIT, FrameError, FrameTooLarge, encode_frame, read_frame


def test_frames_come_back_one_by_one_however_they_are_cut() -> None:
    messages = [{"n": n, "text": "ü" * n} for n in range(20)]
    stream = io.BytesIO(b"".join(encode_frame(message) for message in messages))
    rest = random.Random(1)

    def read(size: int) -> bytes:
        return stream.read(min(size, rest.randint(1, 7)))

    assert [read_frame(read) for _ in messages] == messages
    assert read_frame(read) is None


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\0\0", "inside a message's length"),
        (b"\0\0\0\x05{}", r"2 of 5 bytes"),
        (b"\0\0\0\x02no", "not JSON"),
        (b"\0\0\0\x02[]", "not an object"),
        (b"\0\0\0\x02\xff\xff", "not JSON"),
        (b"\x7f\0\0\0", "over the limit of 16 MiB"),
    ],
)
def test_what_is_no_frame_says_why(data: bytes, says: str) -> None:
    with pytest.raises(FrameError, match=says):
        read_frame(io.BytesIO(data).read)


def test_the_limit_is_named_where_a_message_is_too_large() -> None:
    with pytest.raises(FrameTooLarge, match="16 MiB"):
        encode_frame({"text": "x" * FRAME_LIMIT})
