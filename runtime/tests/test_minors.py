"""What Airflow does differently from one minor to the next, and the runner stands in for."""

from __future__ import annotations

import pytest
from conftest import Run
from generation import AIRFLOW, BASH, STANDARD, VERSION
from runner_process import task

ENDING = "airlock_test_image.EndingOperator"
SENSOR = f"{STANDARD}.sensors.python.PythonSensor"
SAME = {"$callable": {"module": "airlock_test_image", "qualname": "same"}}


@pytest.mark.parametrize(("found", "state"), [(False, "up_for_reschedule"), (True, "success")])
def test_a_sensor_in_reschedule_mode_looks_once(run_task: Run, found: bool, state: str) -> None:
    told = run_task(task(SENSOR, python_callable=SAME, op_args=[found], mode="reschedule"))
    assert told.outcome["state"] == state


def test_a_sensor_that_pokes_gives_up_in_time(run_task: Run) -> None:
    told = run_task(task(SENSOR, python_callable=SAME, op_args=[False], timeout=0.1, poke_interval=0.05))
    assert told.outcome["state"] == "failed"
    assert told.error["type"] == "AirflowSensorTimeout"


def test_xcoms_of_several_tasks_come_in_their_order(run_task: Run) -> None:
    brought = [{"task_id": "one", "value": {"a": 1}}, {"task_id": "two", "value": 2}]
    told = run_task(task(ENDING, how="pull_together", value=["two", "one"]), xcoms=brought)
    assert told.returned == [2, {"a": 1}]


NAMES = {
    *("conn", "dag", "dag_run", "data_interval_end", "data_interval_start", "ds", "ds_nodash", "inlets"),
    *("logical_date", "macros", "map_index_template", "outlets", "params", "prev_data_interval_end_success"),
    *("prev_data_interval_start_success", "prev_end_date_success", "prev_start_date_success", "run_id", "task"),
    *("task_instance", "task_instance_key_str", "ti", "ts", "ts_nodash", "ts_nodash_with_tz", "var"),
}
if AIRFLOW == 2:
    NAMES |= {"conf", "execution_date", "expanded_ti_count", "next_ds", "prev_ds", "test_mode", "tomorrow_ds"}
if VERSION >= (2, 10):
    NAMES |= {"inlet_events", "outlet_events"}


def test_every_name_of_the_context_can_be_read(run_task: Run) -> None:
    told = run_task(task(ENDING, how="context"))
    assert told.outcome["state"] == "success", told.outcome
    assert set(told.returned) >= NAMES


def test_the_address_of_the_log_names_the_task(run_task: Run) -> None:
    told = run_task(task(BASH, bash_command="echo '{{ ti.log_url }}'"))
    if (3, 0, 0) <= VERSION <= (3, 0, 2):  # Airflow's own instance has none yet
        assert "no attribute 'log_url'" in told.error["message"]
    else:
        assert "fitness" in told.returned
        assert "hello" in told.returned
