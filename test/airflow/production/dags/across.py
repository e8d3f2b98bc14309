"""What passes between an Airflow and a task of another generation: each way, whichever of them is the outer one."""

import datetime
import decimal

from airflow import DAG, __version__
from airflow.providers.standard.operators.python import PythonOperator
from airlock_runtime import IsolatedOperator

PYTHON = "airflow.providers.standard.operators.python.PythonOperator"
POSTGRES = "airflow.providers.postgres.operators.postgres.PostgresOperator"

VALUES = {
    "moment": datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
    "price": decimal.Decimal("1.50"),
    "ids": [1, 2.0, None, "three"],
}


def outer(ti):
    ti.xcom_push(key="version", value=__version__)
    return VALUES


def inner(ti, values, params):
    from airflow import __version__

    ti.xcom_push(key="version", value=__version__)
    ti.xcom_push(key="param", value=params["color"])
    if values != VALUES:
        raise ValueError(f"{values!r} came")
    return values


def names(**context):
    return [name for name in ("ds", "execution_date", "tomorrow_ds") if name in context]


def check(ti):
    values = ti.xcom_pull(task_ids="inner")
    if values != VALUES:
        raise ValueError(f"{values!r} came back")


def double(number):
    return number * 2


def fail(ds):
    raise KeyError(ds)


with DAG(
    "across",
    start_date=datetime.datetime(2024, 1, 1),
    schedule=None,
    default_args={"retries": 0},
    params={"color": "green"},
):
    given = PythonOperator(task_id="outer", python_callable=outer)
    inside = IsolatedOperator(
        task_id="inner",
        environment="data-team",
        operator=PYTHON,
        python_callable=inner,
        op_kwargs={"values": given.output},
    )
    inside >> PythonOperator(task_id="check", python_callable=check)

    IsolatedOperator(
        task_id="query",
        environment="data-team",
        operator=POSTGRES,
        postgres_conn_id="warehouse",
        sql="SELECT '{{ ds }}', {{ ti.try_number }}, '{{ var.value.color }}'",
    )
    IsolatedOperator.partial(
        task_id="doubled", environment="data-team", operator=PYTHON, python_callable=double
    ).expand(op_kwargs=[{"number": 1}, {"number": 2}])
    IsolatedOperator(task_id="names", environment="data-team", operator=PYTHON, python_callable=names)
    IsolatedOperator(task_id="fails", environment="data-team", operator=PYTHON, python_callable=fail)
