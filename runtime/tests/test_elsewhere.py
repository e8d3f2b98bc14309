"""Functions in another interpreter that has Airflow: what they ask there is answered as the task itself is."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from conftest import Project
from generation import PYTHON

from airlock_runtime.airflow.versions import airflow_release

SOURCE = f"""
import datetime
from airflow import DAG
from {PYTHON.rpartition(".")[0]} import ExternalPythonOperator

def function():
    import logging
    import os
    try:
        from airflow.sdk import Variable
        from airflow.sdk.bases.hook import BaseHook
    except ImportError:
        from airflow.models import Variable
        from airflow.hooks.base import BaseHook

    connection = BaseHook.get_connection("db")
    logging.getLogger("shop").warning("the password is %s", connection.password)
    print("it is", connection.password)
    return [connection.host, Variable.get("who"), Variable.get("none", "nobody"), connection.password in repr(os.environ)]

with DAG("d", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    ExternalPythonOperator(task_id="t", python={sys.executable!r}, python_callable=function)
"""


@pytest.mark.skipif((3, 0) <= airflow_release() < (3, 0, 3), reason="no supervisor is found there before Airflow 3.0.3")
def test_airflow_in_another_interpreter_has_connections_and_variables(project: Project) -> None:
    known: dict[str, Any] = {"db": {"conn_type": "http", "host": "there", "password": "pa55word"}, "who": "me"}
    described = project.resolved(SOURCE, "t")
    told = project.execute(described, lambda question: known.get(question.get("id", "")))
    assert told.outcome["state"] == "success", told.outcome
    given = ["there", "me", "nobody", False]
    assert told.returned in (given, {"$tuple": given})
    assert "it is ***" in told.lines()
    assert any("the password is ***" in line for line in told.lines())
    assert "pa55word" not in repr([event for event in told.events if event["event"] != "ask"])
