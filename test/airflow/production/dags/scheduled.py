"""Isolated tasks as a scheduler has them: tried again, mapped, called again later, deferred within, pulled by others."""

import datetime
import logging

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Variable, task
from airlock_runtime import IsolatedOperator

STANDARD = "airflow.providers.standard"
PYTHON = f"{STANDARD}.operators.python.PythonOperator"
CALLBACKS = "/tmp/callbacks"  # of the worker


def succeed_later(ti):
    logging.getLogger(__name__).warning("This is try %s", ti.try_number)
    if ti.try_number == 1:
        raise RuntimeError("not at the first try")
    return ti.try_number


def square(number, ti):
    ti.xcom_push(key="index", value=ti.map_index)
    return number * number


def go():
    """Until somebody outside says so."""
    return Variable.get("go", default="no") == "yes"


def fail():
    raise LookupError("every time")


def note_failure(context):
    with open(CALLBACKS, "a") as file:
        file.write(f"{context['ti'].task_id} {context['ti'].try_number} {context['exception']}\n")


def gather(ti):
    named = {name: ti.xcom_pull(task_ids=name) for name in ("retried", "sensed", "counted")}
    indices = list(ti.xcom_pull(task_ids="mapped", key="index"))
    return {**named, "mapped": list(ti.xcom_pull(task_ids="mapped")), "indices": indices}


@task.isolated(task_id="counted", environment="data-team")
def count(squares, ti=None):
    print(f"There are {len(squares)} of {ti.task_id}")
    return {"sum": sum(squares), "run": ti.run_id}


def say(ti):
    print(f"This is {ti.task_id}")
    return f"{ti.task_id} in a pod"


def isolated(task_id, operator=PYTHON, **kwargs):
    return IsolatedOperator(task_id=task_id, environment="data-team", operator=operator, **kwargs)


with DAG("stopped", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    isolated("sleeps", f"{STANDARD}.operators.bash.BashOperator", bash_command="echo asleep; sleep infinity")

with DAG("scheduled", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    soon = datetime.timedelta(seconds=1)
    retried = isolated("retried", python_callable=succeed_later, retries=1, retry_delay=soon)
    mapped = IsolatedOperator.partial(
        task_id="mapped", environment="data-team", operator=PYTHON, python_callable=square
    ).expand(op_args=[[3], [1], [2]])
    sensed = isolated(
        "sensed",
        f"{STANDARD}.sensors.python.PythonSensor",
        python_callable=go,
        mode="reschedule",
        # Longer than a turn of a busy scheduler: it takes the executor's word of one poke for that of the next, otherwise.
        poke_interval=10,
    )
    deferred = isolated(
        "deferred",
        f"{STANDARD}.sensors.date_time.DateTimeSensorAsync",
        target_time="{{ macros.datetime.now(macros.dateutil.tz.UTC) + macros.timedelta(seconds=1) }}",
    )
    podded = isolated("podded", python_callable=say, isolation_type="kubernetes")
    gathered = PythonOperator(task_id="gathered", python_callable=gather)
    [retried, mapped, sensed, deferred, podded, count(mapped.output)] >> gathered
    isolated("fails", python_callable=fail, retries=1, retry_delay=soon, on_failure_callback=note_failure)
