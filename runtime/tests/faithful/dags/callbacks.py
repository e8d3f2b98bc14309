"""Callbacks and hooks, which act once, outside of the isolated task."""

import os
from datetime import datetime, timedelta, timezone

from airflow.exceptions import AirflowFailException, AirflowSkipException
from stock import DAG, PythonOperator
from way import use

ENDS = {"failed": "fails fails_at_once hook_fails", "skipped": "skips hook_skips"}

Python = use(PythonOperator)


def note(what, context):
    ti, error = context["ti"], context.get("exception")
    with open(os.path.join(os.environ["FAITHFUL_HOME"], "called"), "a") as file:
        file.write(f"{what} {ti.task_id} {ti.try_number} {'wrong' in str(error)}\n")


def on(what):
    def callback(context):
        note(what, context)

    return callback


def before(context):
    note("pre_execute", context)


def after(context, result=None):
    note(f"post_execute {result!r}", context)


def skip_before(context):
    raise AirflowSkipException("by the hook")


def fail_after(context, result=None):
    raise AirflowFailException("by the hook")


def wrong():
    raise ValueError("wrong")


def skip():
    raise AirflowSkipException("skipped")


def fail():
    raise AirflowFailException("wrong for good")


every = {f"on_{name}_callback": on(name) for name in ("execute", "success", "failure", "retry", "skipped")}

with DAG("callbacks", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc), default_args=every) as dag:
    Python(task_id="succeeds", python_callable=lambda: "done", pre_execute=before, post_execute=after)
    Python(task_id="fails", python_callable=wrong, retries=1, retry_delay=timedelta(0), post_execute=after)
    Python(task_id="fails_at_once", python_callable=fail, retries=3)
    Python(task_id="skips", python_callable=skip)
    Python(task_id="several", python_callable=lambda: None, on_success_callback=[on("first"), on("second")])
    Python(task_id="hook_skips", python_callable=lambda: None, pre_execute=skip_before)
    Python(task_id="hook_fails", python_callable=lambda: None, post_execute=fail_after)
