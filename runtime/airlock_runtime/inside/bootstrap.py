"""Receives Airlock's runner on standard input and runs it; nothing is written to the image's disk.

Contract
    started as  python3 -c "<this file>"
    reads       one line `AIRLOCK <length>`, then a zip archive of that many bytes that holds `airlock_runtime/`;
                behind the length may stand the most bytes that a message has, where it is not the protocol's usual,
                and a 1 where the first message is `prepare`
    leaves      standard input just behind the archive, `sys.path` without the working directory that `-c` put there,
                and `airlock_runtime` importable from the archive, before any copy that the image may have installed
    then calls  airlock_runtime.runner.main.main(), which does not return
    needs       Python 3.9 or later, the standard library only
    ends        after a minute in which the runner has not come: who started it is gone
"""

import sys

if sys.path[:1] == [""]:  # a `json.py` in the working directory must not stand in for the standard library's
    del sys.path[0]

import importlib.abc
import importlib.util
import io
import os
import signal
import zipfile
from importlib.machinery import ModuleSpec
from types import CodeType


class SentPackage(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports `airlock_runtime` from the archive that was sent, held in memory."""

    def __init__(self, archive: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            self.sources = {name: files.read(name).decode() for name in files.namelist() if name.endswith(".py")}

    def path(self, name: str) -> str:
        stem = name.replace(".", "/")
        return next((path for path in (f"{stem}/__init__.py", f"{stem}.py") if path in self.sources), "")

    def find_spec(self, name: str, path: object = None, target: object = None) -> "ModuleSpec | None":
        if name.partition(".")[0] != "airlock_runtime" or not self.path(name):
            return None
        return importlib.util.spec_from_loader(name, self, origin=f"<airlock>/{self.path(name)}")

    def is_package(self, name: str) -> bool:
        return self.path(name).endswith("/__init__.py")

    def get_source(self, name: str) -> str:
        return self.sources[self.path(name)]

    def get_code(self, name: str) -> CodeType:
        code: CodeType = compile(self.get_source(name), f"<airlock>/{self.path(name)}", "exec", dont_inherit=True)
        return code


def read(length: int) -> bytes:
    """Exactly that many bytes; unbuffered, since what follows them is for the runner."""
    parts = []
    while length:
        part = os.read(0, min(length, 1 << 20))
        if not part:
            sys.exit("airlock: standard input ended before the runner had come")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def read_lengths() -> "list[int]":
    line = b""
    while not line.endswith(b"\n"):
        line += read(1)
        if not b"AIRLOCK ".startswith(line[:8]) or len(line) > 40:
            sys.exit("airlock: standard input did not begin with the runner")
    return [int(number) for number in line.split()[1:]]


signal.alarm(60)
length, *options = read_lengths()
sys.meta_path.insert(0, SentPackage(read(length)))
signal.alarm(0)
from airlock_runtime.runner.main import main  # noqa: E402

main(*options)
