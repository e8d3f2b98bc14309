"""Bytes both ways over connections that may drop and come again: nothing is lost, nothing comes twice.

Contract: knows bytes, not sockets. On a connection stand frames: a letter, a 4-byte big-endian length, that many bytes.

    H  how many bytes have been received so far, in digits: the first frame of each connection, both ways
    D  data
    A  how many bytes have been received so far, in digits; also says that one is still there
    E  how the process at the far end ended, JSON: all data has come before it, and nothing comes behind it
    Q  that E has come; the other way, that all has been acknowledged which a detached task had to send
    others belong to who uses this

What was sent is kept until it has been acknowledged. On a new connection neither side sends data before it has heard
the other's H, which says where to go on. Standard library only, and no import of ours: it is sent as a source too.
"""

from __future__ import annotations

PIECE = 1 << 20
"""The most data in one frame that is sent again: a connection that drops in it loses no more than that."""


class Link:
    def __init__(self) -> None:
        self._unacknowledged = bytearray()
        self._acknowledged = 0
        self._received = 0
        self._partial = bytearray()
        self._greeted = False
        self._ending = b""

    @property
    def waiting(self) -> int:
        """Bytes that have not been acknowledged."""
        return len(self._unacknowledged)

    def connected(self) -> bytes:
        """What a new connection begins with."""
        self._partial.clear()
        self._greeted = False
        return frame(b"H", b"%d" % self._received)

    def send(self, data: bytes) -> bytes:
        """The frame of more data; nothing where the other side has not said yet what it has."""
        self._unacknowledged += data
        return frame(b"D", data) if self._greeted else b""

    def end(self, body: bytes) -> bytes:
        """The frame that ends all: behind the data on this connection, and on each that follows."""
        self._ending = frame(b"E", body)
        return self._ending if self._greeted else b""

    def acknowledge(self) -> bytes:
        return frame(b"A", b"%d" % self._received)

    def feed(self, data: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """
        :param data: what has come
        :returns: the frames in it but for H and A, and what is to be sent at once
        :raises ValueError: where the other side is not that of this conversation
        """
        found = []
        answer = b""
        self._partial += data
        start = 0
        while len(self._partial) - start >= 5:
            end = start + 5 + int.from_bytes(self._partial[start + 1 : start + 5], "big")
            if len(self._partial) < end:
                break
            kind, body = bytes(self._partial[start : start + 1]), bytes(self._partial[start + 5 : end])
            start = end
            if kind in (b"H", b"A"):
                self._forget(int(body))
                if kind == b"H":
                    self._greeted = True
                    answer += self._again() + self._ending
                continue
            if kind == b"D":
                self._received += len(body)
            found.append((kind, body))
        del self._partial[:start]
        return found, answer

    def _forget(self, received: int) -> None:
        if not 0 <= received - self._acknowledged <= len(self._unacknowledged):
            last = self._acknowledged + len(self._unacknowledged)
            raise ValueError(f"{received} bytes received, where {self._acknowledged} to {last} can have been")
        del self._unacknowledged[: received - self._acknowledged]
        self._acknowledged = received

    def _again(self) -> bytes:
        """What the other side has not received."""
        kept = bytes(self._unacknowledged)
        return b"".join(frame(b"D", kept[start : start + PIECE]) for start in range(0, len(kept), PIECE))


def frame(kind: bytes, body: bytes = b"") -> bytes:
    return kind + len(body).to_bytes(4, "big") + body
