"""A connection to a program in a running container, over the engine's `exec`.

Contract: the engine multiplexes standard output and error in frames of an 8-byte header, the stream's number and the
length (Docker Engine API, "Attach to a container": stream format).
"""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from typing import Any

from airlock_runtime.carriers.link_stream import Gone

_STDERR = 2
_NOT_RUNNING = (404, 409)


class DockerExec:
    """
    :raises Gone: where the container does not run
    :raises OSError: where the engine refuses
    """

    def __init__(self, client: Any, container: str, command: list[str]) -> None:
        try:
            created = client.exec_create(container, command, stdin=True, stdout=True, stderr=True)
            opened = client.exec_start(created["Id"], socket=True)
        except Exception as error:
            response = getattr(error, "response", None)
            if getattr(response, "status_code", None) in _NOT_RUNNING:
                raise Gone(str(error)) from error
            raise OSError(str(error)) from error
        self._opened = opened  # whoever drops it closes the socket
        self._socket: socket.socket = getattr(opened, "_sock", opened)
        self._socket.setblocking(True)
        self._held = b""
        self._errors = b""

    def receive(self, seconds: float) -> bytes | None:
        while True:
            found = self._unpack()
            if found:
                return found
            if not select.select([self._socket], [], [], seconds)[0]:
                return None
            data = self._socket.recv(1 << 18)
            if not data:
                return b""
            self._held += data

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._opened.close()

    def complaint(self) -> str:
        return self._errors.decode("utf-8", "replace").strip()

    def _unpack(self) -> bytes:
        """All whole frames of standard output; what stands in standard error is kept."""
        found = b""
        while len(self._held) >= 8:
            end = 8 + int.from_bytes(self._held[4:8], "big")
            if len(self._held) < end:
                break
            if self._held[0] == _STDERR:
                self._errors = (self._errors + self._held[8:end])[-4096:]
            else:
                found += self._held[8:end]
            self._held = self._held[end:]
        return found
