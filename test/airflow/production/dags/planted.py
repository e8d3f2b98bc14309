"""A task that knows a password, says it wherever tasks say things, and looks for it where others could read it."""

import contextlib
import datetime
import logging
import os
import stat
import subprocess
import sys
import tempfile
from urllib.request import urlopen

from airflow import DAG
from airlock_runtime import IsolatedOperator


def tell_and_search(login, bell, container):
    """Gives the places where the password stands; those where it is put on purpose must be among them."""
    password = password_of("vault")
    print(f"It is {password}")
    logging.getLogger(__name__).warning("It is %s", password)
    with urlopen(bell) as answer:  # somebody outside looks now
        answer.read()
    with put_on_purpose(password) as process:
        # In a container every process is of this task.
        processes = os.listdir("/proc") if container == "yes" else [str(os.getpid()), str(process)]
        places = sorted({*in_processes(password.encode(), processes), *in_files(password.encode())})
    return {"knows": login == password, "places": places}


def password_of(conn_id):
    try:
        from airflow.sdk import BaseHook
    except ImportError:
        from airflow.hooks.base import BaseHook
    return BaseHook.get_connection(conn_id).password


@contextlib.contextmanager
def put_on_purpose(password):
    with tempfile.NamedTemporaryFile(prefix="on-purpose-") as file:
        file.write(password.encode())
        file.flush()
        code = "import sys; print(flush=True); sys.stdin.read()"
        command, env = [sys.executable, "-c", code, "on-purpose", password], {**os.environ, "ON_PURPOSE": password}
        with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()  # it has begun
            yield process.pid
            process.stdin.close()


def in_processes(password, processes):
    for process in filter(str.isdigit, processes):
        for what in ("cmdline", "environ"):
            with contextlib.suppress(OSError), open(f"/proc/{process}/{what}", "rb") as file:
                if password in file.read():
                    yield f"{what} {name_of(process)}"


def name_of(process):
    with open(f"/proc/{process}/cmdline", "rb") as file:
        return "on purpose" if b"\0on-purpose\0" in file.read() else process


def in_files(password):
    for folder, folders, names in os.walk("/"):
        if folder == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys")]
        for path in (os.path.join(folder, name) for name in names):
            with contextlib.suppress(OSError):
                if stat.S_ISREG(os.lstat(path).st_mode) and holds(path, password):
                    yield "file on purpose" if "/on-purpose-" in path else path


def holds(path, password):
    with open(path, "rb") as file:
        return password in file.read()


with DAG("planted", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    IsolatedOperator(
        task_id="search",
        environment="data-team",
        operator="airflow.providers.standard.operators.python.PythonOperator",
        python_callable=tell_and_search,
        op_kwargs={
            "login": "{{ conn.vault.password }}",
            "bell": "{{ var.value.bell }}",
            "container": "{{ var.value.container }}",
        },
    )
