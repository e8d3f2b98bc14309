"""Tasks that run where nobody can be asked: all that they need was sent ahead."""

import datetime
import glob
import hashlib
import logging
import time

from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.python import PythonOperator
from airlock_runtime import IsolatedOperator

PYTHON = "airflow.providers.standard.operators.python.PythonOperator"


def password_of(conn_id):
    try:
        from airflow.sdk import BaseHook
    except ImportError:
        from airflow.hooks.base import BaseHook
    return BaseHook.get_connection(conn_id).password


def give(ti, number):
    password = password_of("vault")
    print(f"The password is {password}")
    logging.getLogger(__name__).warning("Be warned of %s", password)
    ti.xcom_push(key="extra", value={"color": ti.xcom_pull(task_ids="color")})
    return {
        "number": number,
        "digest": hashlib.sha256(password.encode()).hexdigest(),
        "processes": processes_with(password.encode()),
    }


def processes_with(password):
    """Those of the container that have it in their environment or command line."""
    paths = glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline")
    return [path for path in paths if password in content_of(path)]


def content_of(path):
    """Nothing of a process that has ended; of one that is about to start the kernel shows nothing yet."""
    deadline = time.monotonic() + 10
    while True:
        try:
            with open(path, "rb") as file:
                return file.read()
        except (FileNotFoundError, ProcessLookupError):
            return b""
        except PermissionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def fail(ds):
    raise KeyError(ds)


def ask():
    return password_of("not_sent_ahead")


def skip():
    raise AirflowSkipException("nothing to do today")


def take(ti):
    return [ti.xcom_pull(task_ids="gives")["number"], ti.xcom_pull(task_ids="gives", key="extra")]


def isolated(task_id, function, **kwargs):
    return IsolatedOperator(
        task_id=task_id, environment="data-team", operator=PYTHON, python_callable=function, **kwargs
    )


with DAG("alone", start_date=datetime.datetime(2024, 1, 1), schedule=None, default_args={"retries": 0}):
    color = PythonOperator(task_id="color", python_callable=lambda: "blue")
    ahead = {"connections": ["vault"], "xcoms": ["color"]}
    gives = isolated("gives", give, op_kwargs={"number": "{{ ti.try_number }}"}, send_ahead=ahead)
    color >> gives >> PythonOperator(task_id="takes", python_callable=take)

    isolated("fails", fail)
    isolated("asks", ask)
    isolated("skips", skip) >> PythonOperator(task_id="after_skip", python_callable=lambda: None)
    isolated("renders", print, op_args=["{{ ds.nothing.here }}"])
    IsolatedOperator(
        task_id="starts",
        image="127.0.0.1:1/nothing/there:1",
        operator=PYTHON,
        python_callable=print,
        isolated_operator_kwargs={"startup_timeout_seconds": 5},
    )
