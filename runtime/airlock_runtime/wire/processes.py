"""A runner's processes, as it and whoever started it see them.

Contract: reads /proc, or asks `ps` where there is none; signals what is still there.
"""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

FOLDER = "_AIRLOCK_FOLDER"
"""The environment variable that brings a runner the folder for its files; who sets it removes the folder, too."""


def kill_all(processes: set[int]) -> None:
    signal_all(processes, signal.SIGKILL)


def signal_all(processes: set[int], number: int) -> None:
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, number)


def descendants(of: int) -> set[int]:
    """The processes that a process started, and those that they did.

    They may have process groups of their own, as those of Airflow's subprocess hook have.
    """
    parents = _parents()
    found: set[int] = set()
    waiting = [of]
    while waiting:
        parent = waiting.pop()
        children = {process for process, its in parents.items() if its == parent} - found
        found |= children
        waiting += children
    return found


def _parents() -> dict[int, int]:
    """Each process's parent, from /proc, or from `ps` where there is none."""
    if not os.path.isdir("/proc/self"):
        with suppress(OSError):
            listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False)
            return {int(pid): int(its) for pid, its in (line.split() for line in listed.stdout.splitlines())}
        return {}
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:
            # pid (name, which may hold anything) state parent ...
            parents[int(name)] = int(stat.read().rpartition(b")")[2].split()[1])
    return parents
