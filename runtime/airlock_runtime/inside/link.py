"""Bytes both ways over connections that may drop and come again: nothing is lost, nothing comes twice.

Contract: knows bytes, not sockets. On a connection stand frames: a letter, a 4-byte big-endian length, that many bytes.

    H  how many bytes have been received so far, in digits: the first frame of each connection, both ways
    D  data
    A  how many bytes have been received so far, in digits; also says that one is still there
    E  how the process at the far end ended, JSON: nothing comes behind it
    Q  that E has come
    others belong to who uses this

What was sent is kept until it has been acknowledged, and sent again on the next connection. Standard library only, and
no import of ours: it is sent as a source too.
"""

from __future__ import annotations


class Link:
    def __init__(self) -> None:
        self._unacknowledged = bytearray()
        self._acknowledged = 0
        self._received = 0
        self._partial = b""

    @property
    def waiting(self) -> int:
        """Bytes that have not been acknowledged."""
        return len(self._unacknowledged)

    def connected(self) -> bytes:
        """What a new connection begins with."""
        self._partial = b""
        return frame(b"H", b"%d" % self._received)

    def send(self, data: bytes) -> bytes:
        """The frame of more data."""
        self._unacknowledged += data
        return frame(b"D", data)

    def acknowledge(self) -> bytes:
        return frame(b"A", b"%d" % self._received)

    def feed(self, data: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """
        :param data: what has come
        :returns: the frames in it but for H and A, and what is to be sent at once
        """
        found = []
        answer = b""
        self._partial += data
        start = 0
        while len(self._partial) - start >= 5:
            size = int.from_bytes(self._partial[start + 1 : start + 5], "big")
            if len(self._partial) - start < 5 + size:
                break
            kind, body = self._partial[start : start + 1], self._partial[start + 5 : start + 5 + size]
            start += 5 + size
            if kind in (b"H", b"A"):
                self._forget(int(body))
                if kind == b"H" and self._unacknowledged:
                    answer += frame(b"D", bytes(self._unacknowledged))
                continue
            if kind == b"D":
                self._received += size
            found.append((kind, body))
        self._partial = self._partial[start:]
        return found, answer

    def _forget(self, received: int) -> None:
        del self._unacknowledged[: received - self._acknowledged]
        self._acknowledged = received


def frame(kind: bytes, body: bytes = b"") -> bytes:
    return kind + len(body).to_bytes(4, "big") + body
