"""The real runner, started as Airlock starts it: the bootstrap over standard input, then frames."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping

from airlock_runtime.wire.frames import FRAME_LIMIT, encode_frame, read_frame

ROOT = Path(__file__).resolve().parent.parent
Answer = Callable[[dict[str, Any]], Any]


class Refuse(Exception):
    """Raised by an answerer: the question is refused with this reason."""


def archive() -> bytes:
    """The zip that Airlock's build makes of the package."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as files:
        for path in sorted((ROOT / "airlock_runtime").rglob("*.py")):
            files.write(path, path.relative_to(ROOT).as_posix())
    return held.getvalue()


class RunnerProcess:
    """A runner that waits for its request; a context manager that leaves no process behind."""

    def __init__(self, env: dict[str, str] | None = None, cwd: Path | None = None, *, prepared: bool = False) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", (ROOT / "airlock_runtime/inside/bootstrap.py").read_text()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            cwd=cwd,
        )
        sent = archive()
        options = f" {FRAME_LIMIT} 1" if prepared else ""
        self.write(f"AIRLOCK {len(sent)}{options}\n".encode() + sent)

    def __enter__(self) -> RunnerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        self.process.wait()

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: dict[str, Any]) -> None:
        self.write(encode_frame(message))

    def hang_up(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def receive(self) -> dict[str, Any] | None:
        assert self.process.stdout is not None
        return read_frame(self.process.stdout.read)

    def converse(self, answer: Answer | None = None) -> list[dict[str, Any]]:
        """All events to the end of the process; questions are answered, and are in the list too."""
        return list(self.events(answer))

    def events(self, answer: Answer | None = None) -> Iterator[dict[str, Any]]:
        """The same, one by one."""
        while (event := self.receive()) is not None:
            if event["event"] == "ask":
                self.send(_reply(event, answer))
            yield from by_line(event)

    def last_words(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()


def by_line(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One event for each line that was printed."""
    if event["event"] != "log" or event["stream"] == "log":
        yield dict(event)
        return
    for line in event["message"].split("\n"):
        yield {**event, "message": line}


def _reply(event: dict[str, Any], answer: Answer | None) -> dict[str, Any]:
    try:
        return {"answer": event["id"], "value": answer(event["question"]) if answer else None}
    except Refuse as refusal:
        return {"answer": event["id"], "refused": str(refusal)}


class Told:
    """What a runner told, by kind."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events = events

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]

    @property
    def outcome(self) -> dict[str, Any]:
        assert self.events and self.events[-1]["event"] == "outcome", self.events[-3:]
        assert len(self.of("outcome")) == 1
        return self.events[-1]

    @property
    def error(self) -> dict[str, Any]:
        error = self.outcome["error"]
        assert isinstance(error, dict), self.events
        return error

    @property
    def rendered(self) -> dict[str, Any]:
        fields = self.of("rendered")[-1]["fields"]
        assert isinstance(fields, dict)
        return fields

    @property
    def returned(self) -> Any:
        """The XCom that the task returned."""
        values = [event["value"] for event in self.of("xcom") if event["key"] == "return_value"]
        assert len(values) == 1, self.events
        return values[0]

    def lines(self, stream: str | None = None) -> list[str]:
        return [event["message"] for event in self.of("log") if stream in (None, event["stream"])]

    @property
    def text(self) -> str:
        """Everything that was told, for what must not be in it."""
        return repr(self.events)


def request(kind: str, **fields: Any) -> dict[str, Any]:
    return {"protocol": 1, "kind": kind, "connections": {}, "variables": {}, **fields}


def run(
    message: dict[str, Any], answer: Answer | None = None, env: dict[str, str] | None = None, cwd: Path | None = None
) -> Told:
    """Sends one request to a fresh runner and returns all that it told."""
    with RunnerProcess(env, cwd) as runner:
        runner.send(message)
        events = runner.converse(answer)
        assert runner.process.wait() == 0, runner.last_words()
    return Told(events)


DAY = "2024-01-31T00:00:00+00:00"


def task(operator: str, /, **kwargs: Any) -> dict[str, Any]:
    """A task as resolve describes one; `dag_` in front of a name makes it one of the DAG's facts."""
    dag = {name[4:]: kwargs.pop(name) for name in list(kwargs) if name.startswith("dag_")}
    outer = {name: kwargs.pop(name) for name in ("upstream", "downstream", "modules", "source") if name in kwargs}
    return {
        "dag_id": "fitness",
        "task_id": "hello",
        "operator": operator,
        "isolated": True,
        "kwargs": kwargs,
        "dag": {"dag_file": "/opt/airflow/dags/fitness.py", **dag},
        **outer,
    }


def execute(described: dict[str, Any], *, run: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An `execute` request."""
    facts = {
        "run_id": "manual__1",
        "run_type": "manual",
        "logical_date": DAY,
        "data_interval_start": DAY,
        "data_interval_end": DAY,
        "run_after": DAY,
        "conf": {},
        "try_number": 1,
        "max_tries": 0,
        "map_index": -1,
        "previous_success": None,
    }
    return request("execute", task=described, run={**facts, **(run or {})}, **{"xcoms": [], **more})
