"""Tasks whose function runs in another Python, resolved in one runner and executed in another."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from conftest import Project, Run
from conversation import is_there
from generation import AIRFLOW, BASH, OUTLET_EVENTS, PYTHON
from interpreters import INTERPRETERS, each_python, is_python2
from runner_process import RunnerProcess, Told, execute, task

HEAD = """\
from __future__ import annotations, print_function
import datetime
from airflow import DAG
from airlock_runtime import IsolatedOperator
"""


def dag(top: str, python: str | None, function: str = "f", operator: str = PYTHON, **kwargs: Any) -> str:
    """A DAG file whose task `a` calls a function in that Python."""
    given = {"environment": "py2", "operator": operator, **({"python": python} if python else {}), **kwargs}
    more = "".join(f", {name}={value!r}" for name, value in given.items())
    return (
        f"{HEAD}{top}\nwith DAG('d', start_date=datetime.datetime(2024, 1, 1), schedule=None, params={{'n': 5}}):\n"
        f"    IsolatedOperator(task_id='a', python_callable={function}{more})\n"
    )


COUNT_WORDS = '''
import sys
from include.words import most_common

TEXT = "the quick brown fox jumps over the lazy dog"

def count_words(ds, ti, limit=1, **context):
    """Imports from include/, sees the context, and returns a value."""
    print("Counting the words of", ds, "in", ti.task_id)
    most = most_common(TEXT, limit)
    return {"day": ds, "task": "%s.%s" % (ti.dag_id, ti.task_id), "most_common": most, "python": sys.version_info[0]}
'''


@pytest.mark.parametrize("python", [None, *INTERPRETERS])
def test_the_same_function_runs_in_each_python(project: Project, python: str | None) -> None:
    project.write("include/__init__.py", "")
    project.write(
        "include/words.py",
        """
        # -*- coding: utf-8 -*-
        from collections import Counter

        def most_common(text, count=1):
            return Counter(text.lower().split()).most_common(count)
        """,
    )
    told = project.run(dag(COUNT_WORDS, python, "count_words", op_kwargs={"limit": 1}), "a")
    assert told.returned == {
        "day": "2024-01-31",
        "task": "d.a",
        "most_common": [["the", 2] if AIRFLOW == 2 else {"$tuple": ["the", 2]}],
        "python": 2 if python and is_python2(python) else 3,
    }
    assert "Counting the words of 2024-01-31 in a" in told.lines("stdout")


def test_the_interpreter_travels_with_the_task(project: Project) -> None:
    task = project.resolved(dag("def f(): pass", "python2.7"), "a")
    assert task["python"] == "python2.7"
    assert "python" not in task["kwargs"]
    assert project.resolved(dag("def f(): pass", None), "a")["python"] is None


CONTEXT = """
def f(**context):
    ti, run = context["ti"], context["dag_run"]
    told = [
        ti.dag_id, ti.task_id, ti.run_id, ti.try_number, ti.max_tries, ti.map_index,
        ti.task.task_id, ti.task.dag.dag_id, context["task_instance"].task_id,
        run.dag_id, run.run_id, run.conf, run.run_type, run.logical_date.year, run.data_interval_end.isoformat(),
        context["task"].task_id, context["task"].task_type, context["task"].retries,
        sorted(context["task"].upstream_task_ids), context["task"].params["n"],
        context["dag"].dag_id, sorted(context["dag"].tags), context["dag"].params["n"],
        context["params"], context["ds"], context["ts"], context["run_id"], context["templates_dict"],
        [context[name].isoformat() for name in ("logical_date", "data_interval_start", "data_interval_end")],
        context["prev_data_interval_start_success"], context["inlets"],
    ]
    return [each if not isinstance(each, tuple) else list(each) for each in told]
"""
TOLD = [
    *("d", "a", "manual__1", 2, 3, -1),
    *("a", "d", "a"),
    *("d", "manual__1", {"c": "conf"}, "manual", 2024, "2024-01-31T00:00:00+00:00"),
    *("a", "PythonOperator", 3, ["before"], 5),
    *("d", ["x", "y"], 5),
    *({"n": 5, "c": "conf"}, "2024-01-31", "2024-01-31T00:00:00+00:00", "manual__1", {"t": "d"}),
    ["2024-01-31T00:00:00+00:00"] * 3,
    *(None, []),
]


@each_python
def test_the_context_is_its_json_part(project: Project, python: str) -> None:
    described = project.resolved(dag(CONTEXT, python, templates_dict={"t": "{{ dag.dag_id }}"}, retries=3), "a")
    described["upstream"], described["dag"]["tags"] = ["before"], ["x", "y"]
    told = project.execute(described, run={"conf": {"c": "conf"}, "try_number": 2, "max_tries": 3})
    assert told.returned == TOLD
    assert [line for line in told.lines() if "eprecat" in line] == []


ASKING = """
def f(**context):
    told = []
    for ask in (
        lambda: context["ti"].xcom_pull(task_ids="x"), lambda: context["ti"].xcom_push("a", 1),
        lambda: context["var"].value.x, lambda: context["var"]["value"], lambda: context["conn"].db,
        lambda: context["macros"].ds_add, lambda: context["ti"].task.dag.get_task("b"),
        lambda: context["dag_run"].get_task_instances(),
        lambda: context["outlet_events"]["x"] if "outlet_events" in context else context["macros"].ds_add,
        lambda: setattr(context["ti"], "try_number", 3),
    ):
        try:
            ask()
        except AttributeError as error:
            told.append(str(error))
    return told
"""


NOT_THERE = [
    ("ti.xcom_pull", "{{ ti.xcom_pull("),
    ("ti.xcom_push", "return the value"),
    ("var.value", "{{ var.value."),
    ("var.value", "{{ var.value."),
    ("conn.db", "{{ conn."),
    ("macros.ds_add", "{{ macros."),
    ("ti.task.dag.get_task", "op_kwargs"),
    ("dag_run.get_task_instances", "op_kwargs"),
    ("outlet_events.x", "op_kwargs") if OUTLET_EVENTS else ("macros.ds_add", "{{ macros."),
]


@each_python
def test_what_is_not_there_says_so_and_what_to_do(project: Project, python: str) -> None:
    *told, written = project.run(dag(ASKING, python), "a").returned
    assert written == "ti is read-only in another Python"
    for text, (asked, hint) in zip(told, NOT_THERE):
        assert text.startswith(f"{asked} is not there in another Python: ")
        assert hint in text
    assert len(told) == len(NOT_THERE)


@each_python
def test_named_parts_of_the_context_alone(project: Project, python: str) -> None:
    top = "def f(n, var, ti=None, other='none'):\n    return [n, ti.task_id, other, hasattr(var, 'value')]"
    assert project.run(dag(top, python, op_args=["{{ params.n }}"]), "a").returned == ["5", "a", "none", False]


@each_python
def test_xcoms_and_functions_are_arguments(run_task: Run, python: str) -> None:
    function = {"$callable": {"module": "m", "qualname": "f", "file": "/m.py", "source": "def f(a): return a * 2\n"}}
    described = task(
        PYTHON,
        python_callable={
            "$partial": {
                "func": {"$callable": {**function["$callable"], "source": "def f(a, b, c): return [a, b(c)]\n"}},
                "args": [1],
                "keywords": {},
            }
        },
        op_args=[function],
        op_kwargs={"c": {"$xcom": {"task_id": "before", "key": "return_value"}}},
        upstream=["before"],
    )
    told = run_task({**described, "python": python}, xcoms=[{"task_id": "before", "value": 21}])
    assert told.returned == [1, 42]


# --- the operators around the function

BRANCH = PYTHON.replace("PythonOperator", "BranchPythonOperator")
SHORT_CIRCUIT = PYTHON.replace("PythonOperator", "ShortCircuitOperator")
SENSOR = "airflow.providers.standard.sensors.python.PythonSensor"
EXTERNAL = PYTHON.replace("PythonOperator", "ExternalPythonOperator")


def called(operator: str, python: str, text: str, **kwargs: Any) -> dict[str, Any]:
    """A task that calls the `f` of that source."""
    function = {"module": "dag", "qualname": "f", "file": "/opt/airflow/dags/dag.py", "source": text}
    return {**task(operator, python_callable={"$callable": function}, **kwargs), "python": python}


def test_branches_short_circuits_and_sensors_follow_what_is_returned_there(run_task: Run) -> None:
    python = INTERPRETERS[-1]
    around = {"downstream": ["x", "y"], "dag_task_ids": ["hello", "x", "y"]}
    branched = run_task(called(BRANCH, python, "def f(ds): return 'x' if ds else 'y'", **around))
    skipping = {event["key"]: event["value"] for event in branched.of("xcom")}["skipmixin_key"]
    assert skipping == {"followed": ["x"]}
    stopped = run_task(called(SHORT_CIRCUIT, python, "def f(): return []", **around))
    skipping = {event["key"]: event["value"] for event in stopped.of("xcom")}["skipmixin_key"]
    assert set(skipping["skipped"]) == {"x", "y"}
    waits = called(SENSOR, python, "def f(go, **context): return go and 'there' not in context", op_kwargs={"go": True})
    assert run_task(waits).outcome["state"] == "success"


def test_an_operator_that_has_a_python_of_its_own_gets_it(project: Project) -> None:
    project.env["PYTHONNOUSERSITE"] = "1"  # no Airflow there
    described = called(EXTERNAL, "/usr/bin/python3", "def f():\n    import sys\n    return sys.executable\n")
    assert project.execute(described).returned == "/usr/bin/python3"


# --- what goes wrong


@pytest.mark.parametrize(
    ("described", "code", "says"),
    [
        (task(BASH, bash_command="echo"), "bad_argument", "this task has none"),
        (called(PYTHON, "", "def f(): pass"), "interpreter_not_found", "python1.5"),
    ],
)
def test_a_python_that_cannot_be_is_at_the_call(run_task: Run, described: Any, code: str, says: str) -> None:
    source = {"file": "/opt/airflow/dags/dag.py", "line": 12}
    error = run_task({**described, "python": "python1.5", "source": source}).error
    assert (error["code"], error["file"], error["line"]) == (code, source["file"], source["line"])
    assert says in error["message"]


def test_a_python_that_is_no_text_is_refused(run_task: Run) -> None:
    error = run_task({**task(BASH, bash_command="echo"), "python": 2.7}).error
    assert (error["code"], "task.python is 2.7" in error["message"]) == ("protocol", True)


@each_python
def test_an_exception_fails_the_task_with_its_own_words(project: Project, python: str) -> None:
    top = "\n\ndef helper():\n    raise ValueError('here')\n\ndef f():\n    helper()"
    told = project.run(dag(top, python, retries=1), "a", run={"max_tries": 1})
    error = told.error
    assert (told.outcome["state"], error["code"], error["type"]) == ("up_for_retry", "task", "ValueError")
    assert (error["message"], error["file"]) == ("here", str(project.dag_file))
    line = Path(error["file"]).read_text().splitlines()[error["line"] - 1]
    assert line == "    raise ValueError('here')"
    assert line in error["traceback"]
    assert "airlock" not in error["traceback"]
    logged = [event["exception"] for event in told.of("log") if event.get("exception")]
    assert any("in helper\n    raise ValueError('here')" in text for text in logged)


@each_python
def test_a_result_that_cannot_travel_is_named(run_task: Run, python: str) -> None:
    error = run_task(called(PYTHON, python, "def f(): return {'rows': [1, len]}")).error
    assert error["code"] == "xcom_not_serializable"
    assert "['rows'][1] is a " in error["message"] and "builtin" in error["message"]


def test_an_argument_that_cannot_travel_is_named(run_task: Run) -> None:
    source = {"file": "/opt/airflow/dags/dag.py", "line": 12}
    described = called(
        PYTHON,
        INTERPRETERS[-1],
        "def f(x): return x",
        op_kwargs={"x": ["{{ ti }}"]},
        dag_render_template_as_native_obj=True,
        source=source,
    )
    error = run_task(described).error
    assert (error["code"], error["line"]) == ("bad_argument", 12)
    assert "x[0]" in error["message"] and "TaskInstance" in error["message"]


# --- while it runs and when it is ended

BLOCKING = """
import os, signal, subprocess, sys
def f(path):
    print("pids", os.getpid(), subprocess.Popen(["sleep", "600"]).pid)
    with open(path) as gate:
        return gate.read()
"""


def open_gate(project: Project) -> Path:
    gate = project.root / "gate"
    os.mkfifo(gate)
    return gate


def pids_in(runner: RunnerProcess) -> list[int]:
    """The processes that a blocking function tells, as soon as it does."""
    line = next(e["message"] for e in iter(runner.receive, None) if e.get("message", "").startswith("pids"))
    return [int(pid) for pid in line.split()[1:]]


@each_python
def test_what_is_printed_is_told_as_it_comes(project: Project, python: str) -> None:
    gate = open_gate(project)
    source = f"from __future__ import print_function{BLOCKING}"
    with RunnerProcess(project.env) as runner:
        runner.send(execute(called(PYTHON, python, source, op_args=[str(gate)])))
        pids = pids_in(runner)
        gate.write_text("go")
        assert Told(runner.converse()).returned == "go"
        assert not is_there(pids[0])
        os.kill(pids[1], signal.SIGKILL)  # what it left running is its own


@each_python
@pytest.mark.parametrize("how", ["signal", "timeout", "hang up"])
def test_the_interpreter_ends_with_the_task(project: Project, python: str, how: str) -> None:
    gate = open_gate(project)
    source = f"from __future__ import print_function{BLOCKING}"
    limit = {"execution_timeout": {"$timedelta": 3600}}
    with RunnerProcess(project.env) as runner:
        runner.send(execute(called(PYTHON, python, source, op_args=[str(gate)], **limit)))
        pids = pids_in(runner)
        if how == "hang up":
            runner.hang_up()
        else:  # Airflow's time-outs are alarms
            runner.process.send_signal(signal.SIGTERM if how == "signal" else signal.SIGALRM)
        events = runner.converse()
        runner.process.wait()
    assert [pid for pid in pids if is_there(pid)] == []
    if how != "hang up":
        assert Told(events).outcome["state"] == "failed"
