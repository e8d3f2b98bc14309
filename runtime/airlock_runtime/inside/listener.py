"""Waits in a container for its task, on a private unix socket; what comes first is the porter, which takes over.

Contract
    started as  python3 -c "<this file>" <name>
    listens     at <temporary folder>/airlock-<name>/socket, in a folder that only its own user may enter
    says        b"0" to whoever connects
    reads       8 digits and that many bytes of JSON: the sources `link` and `porter`, and what they are to know
    then runs   them, with `server` and `connection`, and `load`, the JSON
    ends        after a minute in which no task came, and when it is told to (SIGTERM)
    needs       Python 3.9 or later, the standard library only
"""

import json
import os
import signal
import socket
import sys
import tempfile

signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
folder = os.path.join(tempfile.gettempdir(), "airlock-" + sys.argv[1])
os.mkdir(folder, 0o700)
server = socket.socket(socket.AF_UNIX)
server.bind(os.path.join(folder, "socket"))
server.listen(4)
server.settimeout(60)
load = None
while load is None:
    try:
        connection, _ = server.accept()
    except socket.timeout:
        sys.exit("airlock: no task came within a minute")
    try:
        connection.sendall(b"0")
        with connection.makefile("rb", 0) as sent:
            size, text = int(sent.read(8) or 0), b""
            while part := sent.read(size - len(text)):
                text += part
        load = json.loads(text)
    except (OSError, ValueError):  # cut off: whoever it was comes again
        connection.close()
for part in ("link", "porter"):
    exec(compile(load[part], "<airlock>/" + part, "exec"))
