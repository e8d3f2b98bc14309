"""What tasks return and push."""

import decimal
import uuid
from collections import OrderedDict
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pendulum
from airlock_test_image import Point
from stock import DAG, BashOperator, PythonOperator
from way import use

ENDS = {"failed": "object", "failed on 2": "uuid", "failed on 3.0": "uuid"}

Bash, Python = use(BashOperator), use(PythonOperator)


def plain():
    return {"text": "ü", "number": 1, "float": 1.0, "none": None, "list": [True, [], {}], "big": 2**70, "small": 1e-300}


def containers():
    return {"tuple": (1, ("a",)), "set": {1, 2}, "frozenset": frozenset([3]), "ordered": OrderedDict(b=1, a=2)}


def moments():
    return {
        "utc": datetime(2024, 5, 1, 12, tzinfo=timezone.utc),
        "zone": datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")),
        "offset": datetime(2024, 7, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        "pendulum": pendulum.datetime(2024, 3, 31, 1, 30, tz="Europe/Berlin"),
        "date": date(2024, 2, 29),
        "delta": timedelta(days=1, seconds=1.5),
    }


def exact():
    return {"decimal": decimal.Decimal("1.50"), "sum": decimal.Decimal(1) / 3}


def points():
    return [Point(1), Point(2)]


def identify():
    return uuid.UUID(int=7)


def an_object():
    return object()


def nothing():
    return None


def falsy():
    return [0, "", False, {}]


def several(ti):
    ti.xcom_push(key="a", value=(1, 2))
    ti.xcom_push(key="b", value={"deep": [None]})
    ti.xcom_push(key="a", value="second")
    return ti.xcom_pull(task_ids="several", key="a")


def entries():
    return {"one": 1, "two": [2]}


with DAG("results", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:
    for function in (plain, containers, moments, exact, points, nothing, falsy, several):
        Python(task_id=function.__name__, python_callable=function)
    Python(task_id="uuid", python_callable=identify)
    Python(task_id="object", python_callable=an_object)
    Python(task_id="multiple", python_callable=entries, multiple_outputs=True)
    Python(task_id="not_pushed", python_callable=plain, do_xcom_push=False)
    Bash(task_id="last_line", bash_command="echo first; echo last; echo")
