"""Makes some code of a project in a container what it is on its author's machine.

Contract
    started as  python3 -c "<this file>"
    reads       a line of JSON, the absolute paths that are to go (what a folder holds before the folder), then a tar
                archive for `/`, to its own end: standard input may stay open
    says        "done" on standard output when all is there
    keeps       modes, times and links; all belongs to the user that it runs as
    ends        with exit code 1 and the reason on standard error where it cannot
    needs       Python 3.9 or later, the standard library only
"""

import contextlib
import json
import os
import shutil
import sys
import tarfile
from types import SimpleNamespace
from typing import Any

try:
    for path in json.loads(sys.stdin.buffer.readline()):
        if os.path.isdir(path) and not os.path.islink(path):
            with contextlib.suppress(OSError):  # it holds something else: what the image made itself, compiled Python
                os.rmdir(path)
        else:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(path)
    # What has come, and not a whole record, which an archive need not fill.
    coming: Any = SimpleNamespace(read=getattr(sys.stdin.buffer, "read1"))  # noqa: B009 - which its type does not say
    with tarfile.open(fileobj=coming, mode="r|") as archive:
        for member in archive:
            target = os.path.join("/", member.name)
            if os.path.isdir(target) and not os.path.islink(target):
                if not member.isdir():
                    shutil.rmtree(target)
            elif os.path.lexists(target):  # else it would be written through a link, or into what others have open
                os.unlink(target)
            member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
            # It is the user's own code: links may lead anywhere. Newer Pythons ask to be told.
            if hasattr(tarfile, "fully_trusted_filter"):
                archive.extract(member, "/", filter="fully_trusted")
            else:
                archive.extract(member, "/")
except (OSError, tarfile.TarError) as error:
    sys.exit(f"airlock: the project's code cannot be laid into the container: {error}")
os.write(1, b"done")
