"""The link between an outer task and a container: whatever connections do, every byte comes once and in order."""

from __future__ import annotations

from random import Random

import pytest

from airlock_runtime.inside.link import PIECE, Link, frame

SEEDS = range(40)


class End:
    """One side: its link, what it has been given to send, and what it has heard."""

    def __init__(self) -> None:
        self.link = Link()
        self.sent = b""
        self.heard = b""
        self.on_the_way = b""  # what stands on the connection, away from here

    def connect(self) -> None:
        self.on_the_way = self.link.connected()

    def send(self, data: bytes, connected: bool) -> None:
        self.sent += data
        told = self.link.send(data)
        if connected:
            self.on_the_way += told

    def hear(self, data: bytes) -> None:
        found, answer = self.link.feed(data)
        self.on_the_way += answer
        self.heard += b"".join(body for kind, body in found if kind == b"D")


class Pair:
    """Two ends and their connection, driven by a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.ends = (End(), End())
        self.connected = False

    def connect(self) -> None:
        for end in self.ends:
            end.connect()
        self.connected = True

    def step(self) -> None:
        """Something that may happen: the connection comes or goes, a side speaks, some bytes arrive."""
        kind = self.random.choice(("speak", "carry", "carry", "carry", "acknowledge", "drop", "connect"))
        end = self.random.choice(self.ends)
        if kind == "speak":
            end.send(self.random.randbytes(self.random.choice((1, 7, 300, 5000))), self.connected)
        elif kind == "drop":
            self.connected = False  # what is on the way is lost
        elif kind == "connect" and not self.connected:
            self.connect()
        elif self.connected and kind == "carry":
            self.carry(end, self.random.randint(1, 2000))
        elif self.connected and kind == "acknowledge":
            end.on_the_way += end.link.acknowledge()

    def carry(self, end: End, size: int) -> None:
        """That many of an end's bytes arrive at the other one."""
        data, end.on_the_way = end.on_the_way[:size], end.on_the_way[size:]
        self.other(end).hear(data)

    def other(self, end: End) -> End:
        return self.ends[end is self.ends[0]]

    def settle(self) -> None:
        """A connection that stays, until all has come and is acknowledged."""
        self.connect()
        while any(end.on_the_way for end in self.ends):
            for end in self.ends:
                self.carry(end, len(end.on_the_way))
        for end in self.ends:
            end.on_the_way += end.link.acknowledge()
            self.carry(end, len(end.on_the_way))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_byte_comes_once_and_in_order_over_connections_that_drop_at_any_byte(seed: int) -> None:
    pair = Pair(seed)
    for _ in range(400):
        pair.step()
        for end in pair.ends:
            assert end.sent.startswith(pair.other(end).heard)
            assert end.link.waiting >= len(end.sent) - len(pair.other(end).heard)
    pair.settle()
    for end in pair.ends:
        assert pair.other(end).heard == end.sent
        assert end.link.waiting == 0


def test_what_is_acknowledged_is_not_kept_and_what_is_not_is_sent_again() -> None:
    pair = Pair(0)
    pair.settle()
    here, there = pair.ends
    for part in (b"a" * 100, b"b" * 100, b"c" * 100):
        here.send(part, connected=True)
    pair.carry(here, 2 * (5 + 100) + 50)
    there.on_the_way = there.link.acknowledge()
    pair.carry(there, 1000)
    assert here.link.waiting == 100
    pair.settle()
    assert there.heard == b"a" * 100 + b"b" * 100 + b"c" * 100
    assert here.link.waiting == 0


def test_connections_that_never_last_long_carry_a_large_message_all_the_same() -> None:
    pair = Pair(0)
    here, there = pair.ends
    here.send(bytes(5 * PIECE), connected=False)
    for _ in range(5):
        pair.connect()
        pair.carry(there, 1000)
        pair.carry(here, PIECE + PIECE // 2)
    assert there.heard == here.sent


@pytest.mark.parametrize("number", [b"9", b"-1", b"x"])
def test_who_speaks_of_another_conversation_is_refused(number: bytes) -> None:
    link = Link()
    link.send(b"data")
    with pytest.raises(ValueError, match=number.decode()):
        link.feed(frame(b"H", number))


def test_who_has_forgotten_the_conversation_is_refused() -> None:
    link = Link()
    link.send(b"data")
    link.feed(frame(b"H", b"4"))
    with pytest.raises(ValueError, match="0 bytes received, where 4 to 4"):
        link.feed(frame(b"H", b"0"))
