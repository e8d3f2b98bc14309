"""Operators that the tests' image has: they stand for any provider's."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import timedelta
from typing import Any

try:
    from airflow.sdk import BaseHook, BaseOperator, Variable
except ImportError:
    from airflow.hooks.base import BaseHook
    from airflow.models import Variable
    from airflow.models.baseoperator import BaseOperator
try:
    from airflow.providers.common.compat.sdk import AirflowSkipException
except ImportError:
    from airflow.exceptions import AirflowSkipException
from airflow.triggers.base import BaseTrigger, TriggerEvent


def three(n: Any, m: Any, f: Any) -> list[Any]:
    return [n, m, f]


def same(value: Any) -> Any:
    return value


def show(value: Any) -> str:
    return f"{type(value).__name__} of {type(value[0]).__name__} {value[0].year}"


def twice(text: str) -> str:
    return text + text


def default_timezone() -> str:
    from airflow.configuration import conf

    return conf.get("core", "default_timezone")


def chance() -> float:
    return random.random()


@dataclasses.dataclass
class Point:
    """What Airflow stores, and makes again only where it is allowed to."""

    x: int


class SqliteOperator(BaseOperator):
    """Runs SQL on the database that its connection's host names, as SQL operators do."""

    template_fields = ("sql",)
    template_ext = (".sql",)

    def __init__(self, *, sql: str, sqlite_conn_id: str = "sqlite_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sql, self.sqlite_conn_id = sql, sqlite_conn_id

    def execute(self, context: Any) -> Any:
        connection = BaseHook.get_connection(self.sqlite_conn_id)
        self.log.info("The password is %s, the token %s", connection.password, connection.extra_dejson.get("token"))
        print("printed password:", connection.password)
        return sqlite3.connect(connection.host or ":memory:").execute(self.sql).fetchall()


class Soon(BaseTrigger):
    """Fires at once, or never, or fails."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return "airlock_test_image.Soon", {"how": self.how}

    async def run(self) -> Any:
        if self.how == "never":
            await asyncio.Event().wait()
        if self.how == "raise":
            raise RuntimeError("the trigger broke")
        yield TriggerEvent({"how": self.how})


class DeferringOperator(BaseOperator):
    """Defers twice, and returns what it was resumed with.

    :param carried: what it is to be resumed with beside the event
    """

    def __init__(self, *, how: str = "soon", carried: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.how, self.carried = how, carried

    def execute(self, context: Any) -> None:
        timeout = timedelta(milliseconds=50) if self.how == "never" else None
        self.defer(trigger=Soon(self.how), method_name="again", kwargs=self.carried, timeout=timeout)

    def again(self, context: Any, event: Any, **carried: Any) -> None:
        kwargs = {**carried, "first": event} if carried else None
        self.defer(trigger=Soon("twice"), method_name="done", kwargs=kwargs)

    def done(self, context: Any, event: Any, **carried: Any) -> Any:
        return {**event, **carried}


class PrintingOperator(BaseOperator):
    """Prints in every way that a task can get in the way of the protocol."""

    def __init__(self, *, how: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.how = how

    def execute(self, context: Any) -> str:
        getattr(self, f"print_{self.how}")()
        return "done"

    def print_frames(self) -> None:
        frame = b'{"event":"outcome","state":"success","error":null,"duration_ms":1,"missing":[]}'
        os.write(1, len(frame).to_bytes(4, "big") + frame + b"\n")
        print(frame.decode())

    def print_bytes(self) -> None:
        os.write(1, b"caf\xe9 \xff\n")
        os.write(2, b"no end of line")

    def print_flood(self) -> None:
        for _ in range(64):
            os.write(1, b"x" * 65536)
        print("\nafter the flood")

    def print_closed(self) -> None:
        os.close(1)
        os.close(0)
        self.log.info("after the close")

    def print_program(self) -> None:
        subprocess.run([sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr)"], check=True)

    def print_daemon(self) -> None:
        """It has left its session and its parent, and holds the standard streams."""
        told, tells = os.pipe()
        if os.fork() == 0:
            os.setsid()
            os.write(tells, str(subprocess.Popen(["sleep", "60"]).pid).encode())
            os._exit(0)
        os.wait()
        print("pid", os.read(told, 20).decode())

    def print_and_sleep(self) -> None:
        print(subprocess.Popen(["sleep", "600"]).pid)
        time.sleep(600)

    def print_threads(self) -> None:
        threads = [threading.Thread(target=lambda n=n: [print(f"<{n} {i}>") for i in range(50)]) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def print_fork(self) -> None:
        pid = os.fork()
        if pid == 0:
            self.log.info("from the fork")
            os._exit(0)
        os.waitpid(pid, 0)


class HookedOperator(BaseOperator):
    """Does something before and after it executes."""

    template_fields = ("word",)

    def __init__(self, *, word: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.word = word

    def pre_execute(self, context: Any) -> None:
        print("before", self.word)

    def execute(self, context: Any) -> str:
        return self.word

    def post_execute(self, context: Any, result: Any = None) -> None:
        print("after", self.word)


class EndingOperator(BaseOperator):
    """Ends in every way."""

    def __init__(self, *, how: str, value: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.how, self.value = how, value

    def execute(self, context: Any) -> Any:
        return getattr(self, f"end_{self.how}")(context)

    def end_skip(self, context: Any) -> None:
        raise AirflowSkipException("nothing to do")

    def end_exit(self, context: Any) -> None:
        sys.exit(self.value)

    def end_kill(self, context: Any) -> None:
        print("last words")
        os._exit(3)

    def end_sleep(self, context: Any) -> None:
        time.sleep(60)

    def end_cause(self, context: Any) -> None:
        try:
            {}["inner"]
        except KeyError as error:
            raise ValueError("outer") from error

    def end_object(self, context: Any) -> object:
        return object()

    def end_points(self, context: Any) -> list[Point]:
        return [Point(1), Point(2)]

    def end_huge(self, context: Any) -> str:
        return "x" * (17 * 1024 * 1024)

    def end_huge_event(self, context: Any) -> None:
        context["outlet_events"][self.outlets[0]].extra["rows"] = self.end_huge(context)

    def end_value(self, context: Any) -> Any:
        return self.value

    def end_variable(self, context: Any) -> str:
        Variable.set("greeting", Variable.get("greeting") + "!")
        return Variable.get("greeting")

    def end_lost_variable(self, context: Any) -> str:
        return Variable.get("lost")

    def end_database(self, context: Any) -> Any:
        try:
            return self.query()
        except Exception:  # as operators do: the refusal must get through all the same
            return "guessed"

    def end_query(self, context: Any) -> Any:
        return self.query()

    def end_other_runs(self, context: Any) -> Any:
        """What only the database knows, asked for in each generation's own words."""
        try:
            count = getattr(context["ti"], "get_dr_count", None)
            return count(dag_id="other") if count else context["dag_run"].get_task_instances()
        except Exception:
            return "guessed"

    def query(self) -> Any:
        from airflow.settings import Session

        return Session().execute("select 1")

    def end_push(self, context: Any) -> None:
        context["ti"].xcom_push(key="a", value={"b": 1})
        return context["ti"].xcom_pull(task_ids=self.task_id, key="a")

    def end_pull(self, context: Any) -> Any:
        return [context["ti"].xcom_pull(task_ids=name) for name in self.value]

    def end_pull_together(self, context: Any) -> Any:
        return list(context["ti"].xcom_pull(task_ids=self.value))

    def end_context(self, context: Any) -> list[str]:
        return sorted(name for name in context if repr(context[name]))
