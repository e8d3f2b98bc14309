"""The runner's own cost: a request to a waiting runner until its outcome, and the operator's bare `execute`, in turns.

Prints one JSON object: milliseconds of each, by name.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "runtime" / part) for part in ("tests", "")]

from airflow.providers.standard.operators.bash import BashOperator  # noqa: E402
from runner_process import RunnerProcess, execute, task  # noqa: E402

BASH = "airflow.providers.standard.operators.bash.BashOperator"
COMMAND = "echo hello"


def cpu(pid: int) -> int:
    """Clock ticks that a process has used (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def idle(pid: int) -> None:
    """Waits until a process has nothing left to do: a waiting runner says nothing when it has loaded Airflow."""
    before = -1
    while (used := cpu(pid)) != before:
        before = used
        time.sleep(0.3)


def by_runner() -> float:
    with RunnerProcess() as runner:
        assert (runner.receive() or {})["event"] == "ready"
        idle(runner.process.pid)
        request = execute(task(BASH, bash_command=COMMAND))
        started = time.perf_counter()
        runner.send(request)
        while (event := runner.receive() or {})["event"] != "outcome":
            if event["event"] == "ask":
                runner.send({"answer": event["id"], "value": None})
        assert event["state"] == "success", event
        return (time.perf_counter() - started) * 1000


def bare() -> float:
    operator = BashOperator(task_id="bare", bash_command=COMMAND)
    execute_it = getattr(BashOperator.execute, "__wrapped__", BashOperator.execute)
    started = time.perf_counter()
    assert execute_it(operator, {}) == "hello"
    return (time.perf_counter() - started) * 1000


times: dict[str, list[float]] = {"runner": [], "bare": []}
for turn in range(int(sys.argv[1]) + 1):
    measured = {"runner": by_runner(), "bare": bare()}
    if turn:  # the first one warms the disk's cache
        for name, ms in measured.items():
            times[name].append(ms)
print(json.dumps(times))
