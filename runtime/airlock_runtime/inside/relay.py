"""Joins its standard input and output to the socket that the listener waits on, or the porter.

Contract
    started as  python3 -c "<this file>" <name>, in the same container and as the same user as the listener
    waits       up to half a minute for the socket to be there
    ends        when either side ends, and what had come from the socket before that has been passed on
    needs       Python 3.9 or later, the standard library only
"""

import os
import socket
import sys
import tempfile
import threading
import time

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


def is_taken(data: bytes) -> bool:
    try:
        other.sendall(data)
    except OSError:
        return False
    return True


def pour_in() -> None:
    try:
        while data := os.read(0, 1 << 18):
            if not is_taken(data):
                return  # nobody is there any more, whose last words may not be passed on yet
    except OSError:
        pass
    os._exit(0)


def pour_out() -> None:
    try:
        while data := other.recv(1 << 18):
            while data:
                data = data[os.write(1, data) :]
    finally:
        os._exit(0)


threading.Thread(target=pour_in).start()
pour_out()
