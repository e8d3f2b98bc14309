"""Tasks that go wrong, in an interpreter on the worker."""

from __future__ import annotations

import os
import signal
import tempfile
from datetime import datetime, timedelta, timezone
from typing import Any

try:
    from airflow.sdk import DAG
except ImportError:
    from airflow.models.dag import DAG

from generation import TERM_IS_HEARD

from airlock_runtime import IsolatedOperator

VARIABLES = {"greeting": "hello", "large": "x" * 100_000}
CONNECTIONS = {"in_database": {"conn_type": "sqlite", "host": ":memory:", "password": "correct-horse"}}
LONG = timedelta(hours=1)


def tell_outer(number: int) -> Any:
    return lambda operator: os.kill(os.getpid(), number)


WHEN_HANGING = {"timed_out": tell_outer(signal.SIGALRM), "killed": tell_outer(signal.SIGTERM)}
"""SIGALRM is how Airflow tells itself that the time is over."""


def faulty(task_id: str, how: str, value: Any = None, **arguments: Any) -> Any:
    return IsolatedOperator(
        task_id=task_id, operator="airlock_faults.FaultyOperator", how=how, value=value, **arguments
    )


def ending(task_id: str, how: str, value: Any = None, **arguments: Any) -> Any:
    return IsolatedOperator(
        task_id=task_id, operator="airlock_test_image.EndingOperator", how=how, value=value, **arguments
    )


def sqlite(task_id: str, **arguments: Any) -> Any:
    return IsolatedOperator(task_id=task_id, operator="airlock_test_image.SqliteOperator", **arguments)


with DAG(
    "interpreter",
    schedule=None,
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    default_args={"isolation_type": "external_python", "environment": "team", "retry_delay": timedelta(0)},
):
    sqlite("connections", sql="SELECT '{{ conn.in_environment.host }}'", sqlite_conn_id="in_database")
    sqlite("no_connection", sql="SELECT 1", sqlite_conn_id="warehouse")
    ending("variable", "variable")
    ending("no_variable", "lost_variable")
    first = faulty("xcom", "size", "four")
    faulty("pulls", "size", "{{ ti.xcom_pull('xcom') * 'x' }}") << first
    faulty("by_reference", "large", first.output)

    faulty("request_too_large", "size", "x" * 50_000, environment="small")
    faulty("result_too_large", "large", 50_000, environment="small")
    faulty("answer_too_large", "variable", "large", environment="small")

    ending("raises", "cause")
    faulty("levels", "levels")
    ending("skips", "skip")
    ending("no_xcom", "object")
    faulty("fails_for_good", "fail_for_good", retries=2)
    faulty("fails_once", "fail_once", "{{ ti.try_number }}", retries=1)
    faulty("exits", "exit", 3)
    faulty("crashes", "crash")
    IsolatedOperator(task_id="not_there", operator="airflow.providers.nowhere.operators.x.NoOperator")
    IsolatedOperator.partial(
        task_id="mapped", operator="airlock_faults.FaultyOperator", environment="team", how="size"
    ).expand_kwargs([{"value": "xx"}, {"colour": "red"}])

    faulty("timed_out", "hang", f"{tempfile.gettempdir()}/timed_out", execution_timeout=LONG)
    if TERM_IS_HEARD:
        faulty("killed", "hang", f"{tempfile.gettempdir()}/killed")
