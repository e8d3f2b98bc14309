"""How tasks end, and how often they are tried."""

import sys
from datetime import datetime, timedelta, timezone

from airflow.exceptions import AirflowFailException, AirflowSkipException
from airlock_test_image import EndingOperator
from stock import DAG, BashOperator, EmptyOperator, PythonOperator
from way import use

ENDS = {
    "failed": "fails_for_good raises raises_odd exits_with_4 times_out bash_fails",
    "skipped": "skips bash_skips bash_skips_on_its_code",
}

Bash, Python, Ending = use(BashOperator), use(PythonOperator), use(EndingOperator)


def skip():
    raise AirflowSkipException("nothing to do")


def fail():
    raise AirflowFailException("for good")


def wrong():
    raise ValueError("wrong")


class Odd(Exception):
    def __str__(self):
        return "odd: %s {}"


def odd():
    raise Odd(1, {"a": 2})


def leave(code):
    sys.exit(code)


def second_time(ti):
    if ti.try_number < 2:
        raise RuntimeError("not yet")
    return [ti.try_number, ti.max_tries]


with DAG("outcomes", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:
    use(EmptyOperator)(task_id="empty")
    Python(task_id="skips", python_callable=skip)
    Python(task_id="fails_for_good", python_callable=fail, retries=2)
    Python(task_id="raises", python_callable=wrong)
    Python(task_id="raises_odd", python_callable=odd)
    Python(task_id="succeeds_at_the_second_try", python_callable=second_time, retries=2, retry_delay=timedelta(0))
    Python(task_id="exits_with_4", python_callable=leave, op_args=[4])
    Ending(task_id="times_out", how="sleep", execution_timeout=timedelta(seconds=1))
    Bash(task_id="bash_fails", bash_command="exit 3")
    Bash(task_id="bash_skips", bash_command="exit 99")
    Bash(task_id="bash_skips_on_its_code", bash_command="exit 7", skip_on_exit_code=[7, 8])
