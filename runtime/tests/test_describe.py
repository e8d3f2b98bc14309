"""A task that Airflow is about to execute, as its inner Airflow is told of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import outer_airflow  # noqa: F401
from generation import PYTHON

from airlock_runtime import IsolatedOperator
from airlock_runtime.airflow.classes import airflow_classes
from airlock_runtime.describe.describe import describe


def test_an_instance_of_a_mapped_task_brings_what_it_was_given_and_no_defaults_of_this_airflow() -> None:
    classes = airflow_classes()
    with classes.dag("d", start_date=datetime(2024, 1, 1), schedule=None, params={"n": 1}) as dag:
        partial = IsolatedOperator.partial(task_id="a", operator=PYTHON, retries=2, params={"m": 2}, queue="q")
        mapped: Any = partial.expand(op_kwargs=[{"x": 1}, {"x": 2}])
    warned: list[str] = []
    described = describe(mapped.unmap({"op_kwargs": {"x": 2}}), dag, __file__, classes, warned.append)
    kwargs = described["kwargs"]
    assert kwargs["params"].items() >= {"m": 2}.items()
    assert (kwargs["op_kwargs"], kwargs["retries"]) == ({"x": 2}, 2)
    # What Airflow itself gives to each instance, and every Airflow knows.
    known = {"start_date", "default_args", "queue", "pool", "inlets", "outlets"}
    assert kwargs.keys() <= {"op_kwargs", "params", "retries"} | known
    assert warned == []
