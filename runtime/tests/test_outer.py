"""What the outer task needs of its Airflow."""

from __future__ import annotations

from types import SimpleNamespace

import outer_airflow  # noqa: F401
import pytest
from generation import AIRFLOW

from airlock_runtime.launch.errors import IsolationError
from airlock_runtime.launch.outer import outer_of


def test_a_task_without_a_supervisor_is_told_which_airflow_gives_it_one() -> None:
    """As in `dag.test()` of Airflow 3.0.0; the process of these tests has none either. Airflow 2 needs none."""
    if AIRFLOW == 2:
        outer_of({"ti": SimpleNamespace(task_id="copy")}, allow_pickle=False)
        return
    with pytest.raises(IsolationError, match=r"copy: it runs without a supervisor.*3\.0\.2 or later"):
        outer_of({"ti": SimpleNamespace(task_id="copy")}, allow_pickle=False)
