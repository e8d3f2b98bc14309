"""Tasks that go wrong, in containers of an engine."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta, timezone
from typing import Any

try:
    from airflow.sdk import DAG
except ImportError:
    from airflow.models.dag import DAG

from generation import TERM_IS_HEARD

from airlock_runtime import IsolatedOperator

VARIABLES = {"greeting": "hello"}
LONG = timedelta(hours=1)

KILL_RELAY = """
import os, pathlib
for each in pathlib.Path("/proc").glob("[0-9]*"):
    if each.name != str(os.getpid()) and b"Joins its standard input" in (each / "cmdline").read_bytes():
        os.kill(int(each.name), 9)
pathlib.Path("/tmp/go").touch()
"""


def container_of(operator: Any) -> tuple[Any, str]:
    carrying = operator._launch._carrier._operator
    return carrying.hook.api_client, carrying.container["Id"]


def kill_relay(operator: Any) -> None:
    client, container = container_of(operator)
    command = client.exec_create(container, ["python3", "-c", KILL_RELAY])
    client.exec_start(command["Id"])
    assert client.exec_inspect(command["Id"])["ExitCode"] == 0


def remove(operator: Any) -> None:
    client, container = container_of(operator)
    client.remove_container(container, force=True)


def stop(operator: Any) -> None:
    client, container = container_of(operator)
    client.stop(container)


def tell_outer(number: int) -> Any:
    return lambda operator: os.kill(os.getpid(), number)


WHEN_HANGING = {
    "dropped": kill_relay,
    "removed": remove,
    "stopped": stop,
    "timed_out": tell_outer(signal.SIGALRM),
    "killed": tell_outer(signal.SIGTERM),
}


def faulty(task_id: str, how: str, value: Any = None, carrier: Any = None, **arguments: Any) -> Any:
    return IsolatedOperator(
        task_id=task_id,
        operator="airlock_faults.FaultyOperator",
        how=how,
        value=value,
        isolated_operator_kwargs=carrier,
        **arguments,
    )


with DAG(
    "container",
    schedule=None,
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    default_args={"isolation_type": "docker", "image": os.environ["AIRLOCK_TEST_IMAGE"]},
):
    faulty(
        "worker",
        "worker",
        "RUN",
        {
            "environment": {"RUN": "{{ run_id }} of {{ ti.task_id }}"},
            "mem_limit": "1500m",
            "network_mode": "none",
            "user": "0:0",
        },
    )
    faulty("asks", "variable", "greeting")
    faulty("dropped", "wait", "/tmp/go")
    faulty("removed", "hang")
    faulty("stopped", "hang")
    faulty("memory", "memory", carrier={"mem_limit": "300m"})
    faulty("exits", "exit", 3)
    faulty("timed_out", "hang", execution_timeout=LONG)
    if TERM_IS_HEARD:
        faulty("killed", "hang")
    faulty("no_image", "size", "", image="airlock-test/there-is-none:1")
    faulty("no_python", "size", "", image=os.environ["AIRLOCK_TEST_EMPTY"])
    faulty("no_engine", "size", "", {"docker_url": "unix:///there/is/none.sock"})
    faulty("wrong", "size", "", {"colour": "red"})
