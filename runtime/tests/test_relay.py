"""The relay, which joins a connection to the porter's socket."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import outer_airflow  # noqa: F401
import pytest
from container import Relay


def test_a_relay_passes_on_what_came_before_nobody_was_there_any_more(tmp_path: Path) -> None:
    (tmp_path / "airlock-ended").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "airlock-ended/socket"))
        server.listen()
        relay = Relay("ended", {**os.environ, "TMPDIR": str(tmp_path)})
        try:
            porter, _ = server.accept()
            with porter:
                porter.sendall(b"x" * 150_000)  # more than the relay can pass on before it is read
            relay.send(b"acknowledged")
            with pytest.raises(subprocess.TimeoutExpired):
                relay.process.wait(1)
            told = b"".join(iter(lambda: relay.receive(30) or b"", b""))
        finally:
            relay.end()
    assert len(told) == 150_000
