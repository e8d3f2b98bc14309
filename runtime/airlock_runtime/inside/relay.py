"""Joins its standard input and output to the socket that the listener waits on, or the porter.

Contract
    started as  python3 -c "<this file>" <name>, in the same container and as the same user as the listener
    waits       up to half a minute for the socket to be there
    ends        when either side ends
    needs       Python 3.9 or later, the standard library only
"""

import os
import select
import socket
import sys
import tempfile
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
while True:
    for ready in select.select([0, other.fileno()], [], [])[0]:
        data = os.read(0, 1 << 18) if ready == 0 else other.recv(1 << 18)
        if not data:
            sys.exit()
        if ready == 0:
            other.sendall(data)
        else:
            while data:
                data = data[os.write(1, data) :]
