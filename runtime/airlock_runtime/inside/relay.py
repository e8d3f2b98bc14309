"""Joins its standard input and output to the socket that the listener waits on, or the porter.

Contract
    started as  python3 -c "<this file>" <name>, in the same container and as the same user as the listener
    waits       up to half a minute for the socket to be there
    ends        when either side ends
    needs       Python 3.9 or later, the standard library only
"""

import os
import socket
import sys
import tempfile
import threading
import time
from typing import Callable

path = os.path.join(tempfile.gettempdir(), "airlock-" + sys.argv[1], "socket")
end = time.monotonic() + 30
while True:
    other = socket.socket(socket.AF_UNIX)
    try:
        other.connect(path)
        break
    except OSError as error:  # the container has only just begun
        other.close()
        if time.monotonic() > end:
            sys.exit(f"airlock: nobody waits at {path}: {error}")
        time.sleep(0.02)


def pour(read: Callable[[int], bytes], write: Callable[[bytes], object]) -> None:
    """One direction, which never waits for the other one; the process ends with either."""
    try:
        while data := read(1 << 18):
            write(data)
    finally:
        os._exit(0)


def write_out(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


threading.Thread(target=pour, args=(lambda size: os.read(0, size), other.sendall)).start()
pour(other.recv, write_out)
