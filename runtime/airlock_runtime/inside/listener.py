"""Waits in a container for its task, on a private unix socket; what comes first is the porter, which takes over.

Contract
    started as  python3 -c "<this file>" <name> [<seconds that it waits, 60>]
    listens     at <temporary folder>/airlock-<name>/socket, in a folder that only its own user may enter
    says        b"0" to whoever connects
    reads       8 digits and that many bytes of JSON: the sources `link` and `porter`, and what they are to know
    then runs   them, with `server` and `connection`, and `load`, the JSON
    ends        when no task came in that time, and when it is told to (SIGTERM); the folder is gone then
    needs       Python 3.9 or later, the standard library only
"""

import json
import os
import shutil
import signal
import socket
import sys
import tempfile

signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def exactly(connection: socket.socket, size: int) -> bytes:
    """Fewer only where the connection ends."""
    parts = b""
    while part := connection.recv(size - len(parts)):
        parts += part
    return parts


seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
folder = os.path.join(tempfile.gettempdir(), "airlock-" + sys.argv[1])
os.mkdir(folder, 0o700)
try:
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.join(folder, "socket"))
    server.listen(4)
    server.settimeout(seconds)
    sources = None
    while sources is None:
        try:
            connection, _ = server.accept()
        except socket.timeout:
            sys.exit(f"airlock: no task came within {seconds:g} seconds")
        connection.settimeout(seconds)
        try:
            connection.sendall(b"0")
            load = json.loads(exactly(connection, int(exactly(connection, 8))))
            sources = [compile(load[part], "<airlock>/" + part, "exec") for part in ("link", "porter")]
        except Exception:  # cut off, or not the task: that comes, again
            connection.close()
    for source in sources:
        exec(source)
finally:
    shutil.rmtree(folder, ignore_errors=True)
