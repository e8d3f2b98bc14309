"""Sensors in both modes."""

from datetime import datetime, timezone

from airflow.exceptions import AirflowSkipException
from stock import DAG, BashSensor, DateTimeSensor, PythonSensor
from way import use

SINCE = "2.10"  # whose `dag.test()` comes back to a sensor that waits
ENDS = {
    "failed": "times_out times_out_between fails fails_softly",
    "skipped": "times_out_softly times_out_softly_between skips",
    "failed on 3.0": "comes_back times_out_softly_between",  # it comes back to no sensor
}

VARIABLES = {"pokes": "", "back": ""}

Sensor = use(PythonSensor)


def third_time(name):
    """True the third time that it is called, whichever process calls it."""
    from airflow.models import Variable

    calls = Variable.get(name) + "."
    Variable.set(name, calls)
    return len(calls) >= 3


def wrong():
    raise ValueError("wrong")


def skip():
    raise AirflowSkipException("not today")


soon = {"poke_interval": 0.1, "timeout": 0.3}
between = {"mode": "reschedule", "poke_interval": 1, "timeout": 1}

with DAG("sensors", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:
    Sensor(task_id="at_once", python_callable=lambda: True)
    Sensor(task_id="pokes", python_callable=third_time, op_args=["pokes"], poke_interval=0.1)
    Sensor(task_id="comes_back", python_callable=third_time, op_args=["back"], mode="reschedule", poke_interval=1)
    Sensor(task_id="times_out", python_callable=lambda: False, **soon)
    Sensor(task_id="times_out_softly", python_callable=lambda: False, soft_fail=True, **soon)
    Sensor(task_id="times_out_between", python_callable=lambda: False, **between)
    Sensor(task_id="times_out_softly_between", python_callable=lambda: False, soft_fail=True, **between)
    Sensor(task_id="fails", python_callable=wrong, **soon)
    Sensor(task_id="fails_softly", python_callable=wrong, soft_fail=True, **soon)
    Sensor(task_id="skips", python_callable=skip)
    use(DateTimeSensor)(task_id="date", target_time="{{ logical_date - macros.timedelta(days=1) }}")
    use(BashSensor)(task_id="bash", bash_command="test {{ ds_nodash }} = 20240310")
