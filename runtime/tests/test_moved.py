"""Operators under the names that they have in the other generation of Airflow."""

from __future__ import annotations

import importlib
import inspect

import pytest
from conftest import Project
from generation import AIRFLOW, STANDARD
from runner_process import task

from airlock_runtime.runner.moved import MODULES, names_of

OLD_BASH = "airflow.operators.bash.BashOperator"
OLD_PYTHON = "airflow.operators.python.PythonOperator"
NEW_BASH = "airflow.providers.standard.operators.bash.BashOperator"
NEW_PYTHON = "airflow.providers.standard.operators.python.PythonOperator"
NEW, OLD = (NEW_BASH, NEW_PYTHON), (OLD_BASH, OLD_PYTHON)

ASKED, HERE = (NEW, OLD) if AIRFLOW == 2 else (OLD, NEW)
HIDDEN = "airflow.providers.standard airflow.sdk" if AIRFLOW == 2 else "airflow.operators airflow.sensors"
"""What the other generation's operators are called, what they are here, and what is not here of theirs."""


@pytest.fixture
def project(project: Project) -> Project:
    project.env["AIRLOCK_TEST_HIDDEN"] = HIDDEN
    return project


def test_the_other_generations_names_are_known_both_ways() -> None:
    assert names_of(OLD_BASH) == [OLD_BASH, NEW_BASH]
    assert names_of(NEW_BASH) == [NEW_BASH, OLD_BASH]
    assert names_of("airflow.sdk.BaseSensorOperator")[-1] == "airflow.sdk.bases.sensor.BaseSensorOperator"
    assert "airflow.sensors.base.BaseSensorOperator" in names_of("airflow.sdk.BaseSensorOperator")
    assert names_of("include.operators.Mine") == ["include.operators.Mine"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(
    AIRFLOW == 2 and STANDARD == "airflow", reason="Airflow 2.9 has no standard provider to compare with"
)
def test_the_table_is_airflows_own() -> None:
    moved = moved_in_airflow_3() if AIRFLOW == 3 else beside_the_provider_of_airflow_2()
    assert len(moved) >= 20
    for old, new in moved.items():
        assert new in names_of(old), old
        assert old in names_of(new), new


def moved_in_airflow_3() -> dict[str, str]:
    """
    Where Airflow 3 itself says that Airflow 2's operators are (`EmailOperator`'s successor takes other arguments).
    Airflow 3.0.0 says `airflow.providers.standard.sensor.bash` and its like, modules that nobody has: not those.
    """
    packages = ("airflow.operators", "airflow.sensors")
    tables = {name: vars(importlib.import_module(name))["__deprecated_classes"] for name in packages}
    return {
        f"{package}.{module}.{name}": new
        for package, table in tables.items()
        for module, classes in table.items()
        for name, new in classes.items()
        if name.endswith(("Operator", "Sensor", "SensorAsync")) and name != "EmailOperator"
        if not new.startswith("airflow.providers.standard.sensor.")
    }


def beside_the_provider_of_airflow_2() -> dict[str, str]:
    """Airflow 2's own operators, and those of the standard provider, which it can have beside them."""
    moved = {}
    for old, *others in MODULES:
        held = vars(importlib.import_module(old)).items()
        names = [name for name, value in held if getattr(value, "__module__", "") == old]
        for new in others:
            if new.startswith("airflow.providers.standard."):
                there = vars(importlib.import_module(new))
                moved.update({f"{old}.{name}": f"{new}.{name}" for name in names if inspect.isclass(there.get(name))})
    return moved


def test_an_operator_is_found_by_the_name_of_the_other_generation(project: Project) -> None:
    bash, python = ASKED
    assert project.execute(task(bash, bash_command="echo {{ ds }}")).returned == "2024-01-31"
    same = {"$callable": {"module": "airlock_test_image", "qualname": "same"}}
    assert project.execute(task(python, python_callable=same, op_args=[1])).returned == 1


@pytest.mark.parametrize("name", [ASKED[0] + "s", "airflow.sdk.NoOperator", "airflow.operators.bash.Nothing"])
def test_an_operator_that_neither_generation_has_is_named_as_it_was_asked_for(project: Project, name: str) -> None:
    error = project.execute(task(name, bash_command="echo")).error
    assert error["code"] == "operator_not_found"
    assert error["message"].startswith(f"This image has no {name} (")


def test_what_is_hidden_is_not_there(project: Project) -> None:
    """That the names above are found by their other one, and not because this Airflow has both."""
    probe = {"$callable": {"module": "importlib", "qualname": "import_module"}}
    told = project.execute(task(HERE[1], python_callable=probe, op_args=[ASKED[0].rpartition(".")[0]]))
    assert (told.error["type"], "No module named" in told.error["message"]) == ("ModuleNotFoundError", True)
