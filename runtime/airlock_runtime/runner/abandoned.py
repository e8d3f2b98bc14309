"""Ends a runner whose client is gone (killed, its connection lost), with the programs that the task started.

Contract: called in a thread beside the task. The task gets what a worker that is told to stop gives it: SIGTERM, on
which Airflow calls the operator's `on_kill`. What is still there after a while is killed. Does not return.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress
from os import _exit as leave

from airlock_runtime.runner.environ import PrivateFolder

_GRACE = 3.0
"""Seconds for `on_kill`, such as to cancel a query."""

_ABANDONED = 1


def end_abandoned(folder: PrivateFolder) -> None:
    """Ends this process, and all that descend from it."""
    started = descendants(os.getpid())
    _signal(started, signal.SIGTERM)
    if callable(signal.getsignal(signal.SIGTERM)):
        # To that thread alone: handlers run in it, and only so does it wake from what it waits for.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        threading.main_thread().join(_GRACE)  # it ends the process itself when the task has ended
    kill_all(started | descendants(os.getpid()))
    folder.remove()
    leave(_ABANDONED)


def kill_all(processes: set[int]) -> None:
    _signal(processes, signal.SIGKILL)


def _signal(processes: set[int], number: int) -> None:
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
