"""Operators that go wrong, or get in the way of those that carry them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

try:
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:
    from airflow.exceptions import AirflowFailException
try:
    from airflow.sdk import BaseHook, BaseOperator, Variable
except ImportError:
    from airflow.hooks.base import BaseHook
    from airflow.models import Variable
    from airflow.models.baseoperator import BaseOperator


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("it has no words")


def memory_limit() -> int:
    """Of the container (cgroup v2, v1)."""
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        if os.path.exists(path):
            with open(path) as limit:
                return int(limit.read())
    return 0


class FaultyOperator(BaseOperator):
    """Does what it is told to, with a value; `told` is what it prints first, so that tests can wait for it."""

    template_fields = ("value",)

    def __init__(self, *, how: str, value: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.how, self.value = how, value

    def execute(self, context: Any) -> Any:
        return getattr(self, f"do_{self.how}")()

    def on_kill(self) -> None:
        self.log.info("on_kill ran")
        if self.how == "hang" and self.value:
            with open(self.value, "x"):
                pass
        if self.how == "hang_and_ask":
            try:
                BaseHook.get_connection("for_on_kill")
            except BaseException as error:
                self.log.info("on_kill asked in vain: %s", type(error).__name__)
            self.log.info("on_kill is through")

    def do_exit(self) -> None:
        print("the last line")
        os._exit(self.value)

    def do_signal(self) -> None:
        self.log.info("the last line")
        os.kill(os.getpid(), self.value)

    def do_close_all(self) -> None:
        """As programs do that make a daemon of themselves."""
        self.log.info("the last line")
        os.closerange(0, 1000)

    def do_crash(self) -> None:
        ctypes.string_at(0)

    def do_hang(self) -> None:
        child = subprocess.Popen(["sleep", "600"])
        print(f"hanging {os.getpid()} {child.pid}", flush=True)
        time.sleep(600)

    do_hang_and_ask = do_hang

    def do_deaf(self) -> None:
        """Holds the interpreter's lock in C code: no thread and no signal handler of this process runs any more."""
        child = subprocess.Popen(["sleep", "600"])
        self.log.info("hanging %d %d", os.getpid(), child.pid)
        ctypes.PyDLL(None).sleep(600)

    def do_wait(self) -> str:
        """Until a file is there."""
        print("hanging", flush=True)
        while not os.path.exists(self.value):
            time.sleep(0.01)
        return "went on"

    def do_memory(self) -> None:
        self.log.info("the last line")
        held = []
        while True:
            held.append(b"x" * (16 << 20))

    def do_levels(self) -> None:
        self.log.debug("a detail")
        self.log.warning("a warning")
        self.log.error("an error\nof two lines")
        print("to standard error", file=sys.stderr)

    def do_fail_for_good(self) -> None:
        raise AirflowFailException("never again")

    def do_fail_once(self) -> str:
        if self.value == "1":
            raise RuntimeError("not the first time")
        return f"try {self.value}"

    def do_worker(self) -> dict[str, Any]:
        """Where it runs."""
        with open("/proc/1/status") as status:
            user = next(line.split()[1] for line in status if line.startswith("Uid:"))
        with open("/proc/net/dev") as devices:
            network = sorted(line.partition(":")[0].strip() for line in devices if ":" in line)
        return {"variable": os.environ.get(self.value), "user": user, "network": network, "memory": memory_limit()}

    def do_unprintable(self) -> None:
        raise Unprintable

    def do_large_error(self) -> None:
        raise ValueError("x" * (20 << 20))

    def do_deep(self) -> Any:
        value: Any = []
        for _ in range(100_000):
            value = [value]
        return value

    def do_variable(self) -> Any:
        return Variable.get(self.value)

    def do_size(self) -> int:
        return len(self.value)

    def do_large(self) -> str:
        return "x" * self.value

    def do_log(self) -> int:
        for number in range(self.value):
            self.log.info("line %d %s", number, "x" * 400)
        return self.value

    def do_ask_in_a_flood(self) -> list[Any]:
        """Prints without end until a large answer has come."""
        over = threading.Event()

        def flood() -> None:
            while not over.is_set():
                os.write(1, b"x" * 1000 + b"\n")

        thread = threading.Thread(target=flood)
        thread.start()
        try:
            return len(Variable.get("large"))
        finally:
            over.set()
            thread.join()

    def do_daemon(self) -> int:
        """Leaves a process that holds all that this one has open."""
        pid = os.fork()
        if pid == 0:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            time.sleep(600)
            os._exit(0)
        return pid

    def do_odd_text(self) -> None:
        """As a file's name that is no UTF-8 has it."""
        self.log.info("odd %s text", os.fsdecode(b"\xe9"))
        raise ValueError(os.fsdecode(b"odd \xe9 error"))

    def do_python(self) -> str:
        return sys.executable
