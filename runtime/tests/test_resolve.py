"""What a DAG file says of its tasks, and what is wrong with files that say nothing."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Project
from generation import AIRFLOW, BASH, STANDARD
from runner_process import request, run

HEAD = f"""\
import datetime
from airflow import DAG
from airlock_runtime import IsolatedOperator
from {STANDARD}.operators.bash import BashOperator
from {STANDARD}.operators.python import PythonOperator
"""
DAG = HEAD + "with DAG('d', start_date=datetime.datetime(2024, 1, 1), schedule=None{facts}) as dag:\n{body}"


def dag(body: str, facts: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return DAG.format(facts=facts and f", {facts}", body=lines)


def test_an_isolated_task_is_described_as_it_was_called(project: Project) -> None:
    body = f"""
a = BashOperator(task_id="a", bash_command="true")
b = IsolatedOperator(
    task_id="b", operator="{BASH}", environment="data-team", image="r/i:1", isolation_type="docker",
    bash_command="echo {{{{ conn.db-1.host }}}} {{{{ conn['x.y'].host }}}} {{{{ var.value.get('k') }}}} {{{{ var.json.j.x }}}}",
    operator_kwargs={{"env": {{"A": "1"}}}}, retries=3, pool="p", execution_timeout=datetime.timedelta(minutes=1),
)
a >> b
"""
    task = project.resolved(dag(body, "params={'n': 1}, tags=['t'], default_args={'owner': 'me'}, doc_md='doc'"), "b")
    assert {name: task[name] for name in ("dag_id", "task_id", "operator", "isolated", "environment", "image")} == {
        "dag_id": "d",
        "task_id": "b",
        "operator": BASH,
        "isolated": True,
        "environment": "data-team",
        "image": "r/i:1",
    }
    assert task["isolation_type"] == "docker"
    assert task["kwargs"] == {
        "bash_command": "echo {{ conn.db-1.host }} {{ conn['x.y'].host }} {{ var.value.get('k') }} {{ var.json.j.x }}",
        "env": {"A": "1"},
        "retries": 3,
        "pool": "p",  # acts outside, and is visible inside
        "execution_timeout": {"$timedelta": 60.0},
    }
    assert task["upstream"] == ["a"]
    assert task["conn_ids"] == ["db", "x.y"]
    assert task["variables"] == ["j", "k"]
    assert task["source"] == {"file": str(project.dag_file), "line": 8}
    facts = task["dag"]
    assert (facts["params"], facts["tags"], facts["default_args"]) == ({"n": 1}, ["t"], {"owner": "me"})
    assert (facts["doc_md"], facts["dag_file"]) == ("doc", str(project.dag_file))
    assert facts["start_date"]["$datetime"] == "2024-01-01T00:00:00+00:00"


def test_a_plain_task_is_described_by_its_class(project: Project) -> None:
    task = project.resolved(dag("BashOperator(task_id='a', bash_command='true', cwd='/tmp')"))
    assert (task["operator"], task["isolated"]) == (BASH, False)
    assert task["kwargs"] == {"bash_command": "true", "cwd": "/tmp"}


def test_the_inner_operator_need_not_be_there(project: Project) -> None:
    task = project.resolved(dag("IsolatedOperator(task_id='a', operator='no.such.Operator', pg_conn_id='pg', n=1)"))
    assert (task["operator"], task["kwargs"]) == ("no.such.Operator", {"pg_conn_id": "pg", "n": 1})
    assert task["conn_ids"] == ["pg"]


def test_xcom_references_name_their_task_and_make_it_upstream(project: Project) -> None:
    body = f"""
first = BashOperator(task_id="first", bash_command="echo 1")
IsolatedOperator(task_id="b", operator="{BASH}", bash_command=first.output, env={{"K": first.output["key"]}})
"""
    task = project.resolved(dag(body), "b")
    assert task["kwargs"]["bash_command"] == {"$xcom": {"task_id": "first", "key": "return_value"}}
    assert task["kwargs"]["env"]["K"] == {"$xcom": {"task_id": "first", "key": "key"}}
    assert task["upstream"] == ["first"]


def test_the_tasks_around_it_come_along_by_id(project: Project) -> None:
    body = """
a, b, c, d, e = (BashOperator(task_id=n, bash_command="true") for n in "abcde")
a >> b >> c >> d
b >> d
"""
    task = project.resolved(dag(body), "b")
    assert (task["upstream"], task["downstream"]) == (["a"], ["c", "d"])
    assert (task["dag"]["task_ids"], task["dag"]["downstream"]) == (["a", "b", "c", "d", "e"], {"c": ["d"]})


def test_template_files_come_with_what_they_include(project: Project) -> None:
    project.write("dags/query.sql", "{% include 'parts/part.sql' %} {{ conn.deep.host }}")
    project.write("sql/parts/part.sql", "SELECT '{{ ds }}'")
    facts = f"template_searchpath=[{str(project.root / 'sql')!r}]"
    task = project.resolved(dag("IsolatedOperator(task_id='a', operator='x.Y', sql='query.sql')", facts))
    assert task["dag"]["template_files"] == {
        "query.sql": "{% include 'parts/part.sql' %} {{ conn.deep.host }}",
        "parts/part.sql": "SELECT '{{ ds }}'",
    }
    assert task["conn_ids"] == ["deep"]


def test_all_tasks_of_a_file(project: Project) -> None:
    body = "for n in range(3):\n    BashOperator(task_id=f't{n}', bash_command='true')"
    (event,) = project.resolve(dag(body)).of("resolved")
    assert [task["task_id"] for task in event["tasks"]] == ["t0", "t1", "t2"]


GRAPH = dag("""
from airflow.utils.trigger_rule import TriggerRule
tasks = {name: BashOperator(task_id=name, bash_command="true") for name in ("up", "a", "b", "c", "other", "down")}
tasks["up"].as_setup() >> tasks["a"] >> tasks["b"] >> tasks["c"]
tasks["b"].trigger_rule = TriggerRule.ALL_DONE
tasks["other"] >> tasks["c"]
tasks["c"] >> tasks["down"].as_teardown(setups=tasks["up"], on_failure_fail_dagrun=True)
""")


def test_a_task_comes_with_all_that_it_depends_on(project: Project) -> None:
    told = project.resolve(GRAPH, "b", upstream=True)
    parts = [event["tasks"] for event in told.of("resolved")]
    assert [[task["task_id"] for task in tasks] for tasks in parts] == [["up"], ["a"], ["b"]]


def test_all_tasks_of_a_dag_are_told_as_they_are_to_be_run(project: Project) -> None:
    told = project.resolve(GRAPH, to_run=True)
    tasks = {task["task_id"]: task for event in told.of("resolved") for task in event["tasks"]}
    assert list(tasks) == ["up", "a", "b", "c", "other", "down"]
    rules = {task_id: task["rules"] for task_id, task in tasks.items()}
    usual = {"trigger_rule": "all_success", "setup": False, "teardown": False, "setups": [], "fails_run": False}
    plain = {**usual, "mapped_group": None}
    assert rules["up"] == {**plain, "setup": True}
    assert rules["a"] == plain
    assert rules["b"] == {**plain, "trigger_rule": "all_done", "setups": ["up"]}
    assert rules["other"] == plain
    teardown = {**plain, "trigger_rule": "all_done_setup_success", "teardown": True, "fails_run": True}
    assert rules["down"] == teardown


def test_a_dag_to_be_run_has_tasks(project: Project) -> None:
    error = project.resolve(DAG.format(facts="", body="    pass\n"), to_run=True).error
    assert (error["code"], error["message"]) == ("task_not_found", "The DAG d has no tasks")


def test_a_dag_to_be_run_is_one_of_the_files(project: Project) -> None:
    two = DAG.format(facts="", body="    pass\n") + "e = DAG('e', schedule=None)\n"
    error = project.resolve(two, to_run=True).error
    assert (error["code"], "d, e" in error["message"]) == ("dag_not_found", True)


def test_variables_at_the_top_of_a_file_are_answered(project: Project) -> None:
    source = "from airflow.models import Variable\n" if AIRFLOW == 2 else "from airflow.sdk import Variable\n"
    task = project.resolved(
        source + dag("BashOperator(task_id='a', bash_command=Variable.get('command'))"), variables={"command": "ls"}
    )
    assert task["kwargs"]["bash_command"] == "ls"


def test_what_a_file_prints_is_a_log_line(project: Project) -> None:
    told = project.resolve("print('loading')\n" + dag("BashOperator(task_id='a', bash_command='true')"))
    assert "loading" in told.lines("stdout")
    assert len(told.of("resolved")[0]["tasks"]) == 1


def test_a_policy_of_the_image_applies(project: Project) -> None:
    policy = "def task_policy(task):\n    task.dag.tags = {'by-policy'}\n"
    project.write("config/airflow_local_settings.py", policy)
    task = project.resolved(dag("BashOperator(task_id='a', bash_command='true')"))
    assert task["dag"]["tags"] == ["by-policy"]


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("import datetime\ndef f(:\n", 2, "SyntaxError"),
        ("x = 1\nimport no_such_package\n", 2, "No module named 'no_such_package'"),
        ("def f():\n    return 1 / 0\n\nf()\n", 2, "ZeroDivisionError"),
        ("class C: pass\nraise ValueError(C)\n", 2, "<class 'dag.C'>"),
        ("import include.broken\n", 1, "broken on purpose"),
    ],
)
def test_a_file_that_does_not_import_says_where(project: Project, source: str, line: int, says: str) -> None:
    project.write("include/broken.py", "raise RuntimeError('broken on purpose')\n")
    error = project.resolve(source, "a").error
    assert error["code"] == "dag_import"
    assert says in error["message"]
    assert error["line"] == line
    assert error["file"] == str(project.root / ("include/broken.py" if "include" in source else "dags/dag.py"))
    assert "<airlock>" not in error["traceback"]
    assert "unusual_prefix" not in repr(error)
    assert "dagbag.py" not in error["traceback"]


def test_a_file_that_exits_is_told(project: Project) -> None:
    error = project.resolve("import sys\nsys.exit(3)\n", "a").error
    assert (error["code"], error["line"]) == ("dag_import", 2)
    assert "exit" in error["message"].lower()


def test_a_folder_of_the_project_off_pythons_path_has_its_way_out(project: Project) -> None:
    project.write("include/words.py", "")
    project.env["PYTHONPATH"] = ""
    error = project.resolve("from include import words\n", "a").error
    assert f"ENV PYTHONPATH={project.root}" in error["message"]


def test_a_file_that_is_not_there(project: Project) -> None:
    told = run(request("resolve", dag_file="/no/such.py", task_id="a", dag_id=None), env=project.env)
    assert told.error["code"] == "dag_import"
    assert "/no/such.py" in told.error["message"]


def test_a_file_without_a_dag(project: Project) -> None:
    error = project.resolve("x = 1\n", "a").error
    assert (error["code"], error["line"]) == ("dag_not_found", 1)


def test_a_task_that_is_not_there_lists_what_is(project: Project) -> None:
    error = project.resolve(dag("BashOperator(task_id='here', bash_command='true')"), "nope").error
    assert error["code"] == "task_not_found"
    assert "d: here" in error["message"]


def test_of_a_task_in_a_group_its_name_there_is_enough(project: Project) -> None:
    body = """
for name in ("one", "two"):
    with TaskGroup(name):
        BashOperator(task_id="same", bash_command="true")
        BashOperator(task_id=f"only_{name}", bash_command="true")
"""
    source = dag(body).replace(HEAD, f"{HEAD}from airflow.utils.task_group import TaskGroup\n")
    assert project.resolved(source, "only_two")["task_id"] == "two.only_two"
    assert project.resolved(source, "one.same")["task_id"] == "one.same"
    error = project.resolve(source, "same").error
    assert error["code"] == "task_not_found"
    assert "d: one.same, d: two.same" in error["message"]


def test_one_name_in_two_dags_wants_the_dag(project: Project) -> None:
    body = "BashOperator(task_id='a', bash_command='true')"
    source = dag(body) + dag(body).replace("DAG('d'", "DAG('e'").replace(HEAD, "")
    error = project.resolve(source, "a").error
    assert (error["code"], "d, e" in error["message"]) == ("dag_not_found", True)
    assert project.resolved(source, "a", dag_id="e")["dag_id"] == "e"
    assert project.resolve(source, "a", dag_id="f").error["code"] == "dag_not_found"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("IsolatedOperator(task_id='a', operator='x.Y', handle=open('/dev/null'))", "handle is a _io.TextIOWrapper"),
        ("IsolatedOperator(task_id='a', operator='x.Y', n=[1, {'k': object()}])", "n[1]['k'] is a builtins.object"),
        ("IsolatedOperator(task_id='a', operator='x.Y', f=lambda: dag)", "part of the DAG itself"),
        ("IsolatedOperator(task_id='a', operator='x.Y', f={}.get)", "f is a"),
        (
            "class Own(BashOperator): pass\nOwn(task_id='a', bash_command='x')",
            "operator Own is defined in the DAG file",
        ),
        (
            "class Own(BashOperator): pass\nIsolatedOperator(task_id='a', operator=Own, bash_command='x')",
            "operator Own is defined in the DAG file",
        ),
    ],
)
def test_what_cannot_travel_is_named_with_the_way_out(project: Project, body: str, says: str) -> None:
    error = project.resolve(dag(body), "a").error
    assert error["code"] == "cannot_travel"
    assert says in error["message"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("operator=3", "neither a class nor a qualified name"),
        ("operator='Bash'", "not a qualified name"),
        ("operator='a.B', n=1, operator_kwargs={'n': 2}", "given twice"),
        ("operator='a.B', isolation_type='jail'", "isolation_type is 'jail'"),
        ("environment='x'", "operator"),
    ],
)
def test_a_wrong_call_of_the_operator_fails_the_parse_at_its_line(project: Project, call: str, says: str) -> None:
    error = project.resolve(dag(f"IsolatedOperator(task_id='a', {call})"), "a").error
    assert error["code"] == "dag_import"
    assert says in error["message"]
    assert error["line"] == 7


def test_the_operator_survives_serialization(project: Project) -> None:
    body = f"IsolatedOperator(task_id='a', operator='{BASH}', environment='e', bash_command='x', retries=2)"
    check = """
from airflow.serialization import serialized_objects as s
Serialization = getattr(s, "DagSerialization", None) or s.SerializedDAG  # before 3.2
print("tasks", len(Serialization.to_dict(dag)["dag"]["tasks"]))
"""
    assert "tasks 1" in project.resolve(dag(body) + check).lines("stdout")


def test_the_operator_is_what_airflows_own_operators_are(project: Project) -> None:
    """Branching skips only tasks of that class; on 3.0 it is not yet the SDK's."""
    check = """
kinds = [kind for kind in BashOperator.__mro__ if kind.__name__ == "BaseOperator"]
print("kinds", kinds, "missing", [kind for kind in kinds if not issubclass(IsolatedOperator, kind)])
"""
    (line,) = (t for t in project.resolve(dag("pass") + check).lines("stdout") if t.startswith("kinds"))
    assert "BaseOperator" in line
    assert line.endswith("missing []")


DIALECT = """
import datetime
from airflow import DAG
from {module} import IsolatedOperator
with DAG("d", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    IsolatedOperator(task_id="t", operator="{operator}", bash_command="true", {more})
"""


@pytest.mark.parametrize(
    ("module", "more", "where"),
    [
        (
            "isolation.operators.isolation",
            'environment="team", isolated_operator_kwargs={"labels": {}}',
            {"environment": "team", "image": None},
        ),
        (
            "include.isolation",
            'image="an/image", kubernetes_pod_operator_kwargs={"labels": {}}',
            {"environment": None, "image": "an/image"},
        ),
    ],
)
def test_other_dialects_are_read_without_their_packages(
    project: Project, module: str, more: str, where: dict[str, Any]
) -> None:
    if module.startswith("include"):  # of a project that has such a package, without that module
        project.write("include/__init__.py", "")
        project.write("include/other.py", "")
    task = project.resolved(DIALECT.format(module=module, operator=BASH, more=more), "t")
    assert (task["isolated"], task["operator"]) == (True, BASH)
    assert {name: task[name] for name in where} == where
    assert task["kwargs"] == {"bash_command": "true"}


def test_a_dialects_own_module_goes_first(project: Project) -> None:
    project.write(
        "include/isolation.py",
        f"from {BASH.rpartition('.')[0]} import BashOperator\n\n\n"
        "class IsolatedOperator(BashOperator):\n    def __init__(self, operator, **kwargs):\n"
        "        super().__init__(**kwargs)\n",
    )
    task = project.resolved(DIALECT.format(module="include.isolation", operator=BASH, more=""), "t")
    assert (task["isolated"], task["operator"]) == (False, "include.isolation.IsolatedOperator")


def test_an_argument_of_every_operator_that_cannot_travel_stays_behind_and_is_told(project: Project) -> None:
    body = f"""
IsolatedOperator(task_id="a", operator="{BASH}", environment="e", bash_command="true", inlets=[object()])
"""
    told = project.resolve(dag(body), "a")
    (task,) = told.of("resolved")[-1]["tasks"]
    assert "inlets" not in task["kwargs"]
    (warning,) = [event["message"] for event in told.of("log") if event["level"] == "warning"]
    assert warning.startswith("a: the argument inlets stays behind: ")
