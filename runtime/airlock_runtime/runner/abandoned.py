"""Ends a runner whose client is gone (killed, its connection lost), with the programs that the task started.

Contract: called in a thread beside the task. The task gets what a worker that is told to stop gives it: SIGTERM, on
which Airflow calls the operator's `on_kill`. What is still there after a while is killed. Does not return.
"""

from __future__ import annotations

import os
import signal
import threading
from os import _exit as leave

from airlock_runtime.runner.environ import PrivateFolder
from airlock_runtime.wire.processes import descendants, kill_all, signal_all

_GRACE = 3.0
"""Seconds for `on_kill`, such as to cancel a query."""

_ABANDONED = 1


def end_abandoned(folder: PrivateFolder) -> None:
    """Ends this process, and all that descend from it."""
    started = descendants(os.getpid())
    signal_all(started, signal.SIGTERM)
    if callable(signal.getsignal(signal.SIGTERM)):
        # To that thread alone: handlers run in it, and only so does it wake from what it waits for.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        threading.main_thread().join(_GRACE)  # it ends the process itself when the task has ended
    kill_all(started | descendants(os.getpid()))
    folder.remove()
    leave(_ABANDONED)
