"""A runner that waits: it is prepared first, and its request comes later, or many do."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest
from fork_client import END, EXIT, ForkClient
from runner_process import RunnerProcess, Told, execute, request, task
from test_contract import examples

BASH = "airflow.providers.standard.operators.bash.BashOperator"
PYTHON = "airflow.providers.standard.operators.python.PythonOperator"
IMAGE = {"PYTHONPATH": str(Path(__file__).resolve().parent / "image")}


def prepare(**fields: Any) -> dict[str, Any]:
    return {"protocol": 1, "kind": "prepare", **fields}


def echo(text: str) -> dict[str, Any]:
    return execute(task(BASH, bash_command=text))


def call(name: str) -> dict[str, Any]:
    function = {"$callable": {"module": "airlock_test_image", "qualname": name}}
    return execute(task(PYTHON, python_callable=function))


def told_kinds(runner: RunnerProcess) -> list[str]:
    kinds = [event["event"] for event in runner.converse()]
    assert runner.process.wait() == 0
    return kinds


def told(runner: RunnerProcess) -> Told:
    events = runner.converse()
    assert runner.process.wait() == 0, runner.last_words()
    return Told(events)


def test_it_takes_the_example_of_the_contract() -> None:
    (example,) = [request for request in examples("requests") if request["kind"] == "prepare"]
    with RunnerProcess(prepared=True) as runner:
        runner.send(example)
        runner.hang_up()
        assert told_kinds(runner) == ["ready"]


def test_it_serves_the_request_that_comes_when_it_is_ready() -> None:
    with RunnerProcess(IMAGE, prepared=True) as runner:
        runner.send(prepare(idle_s=60, lease_s=60, environ={"GREETING": "hello"}))
        runner.send(echo("echo $GREETING"))
        assert told(runner).returned == "hello"


def test_settings_that_it_is_prepared_with_are_those_that_airflow_is_imported_with() -> None:
    with RunnerProcess(IMAGE, prepared=True) as runner:
        runner.send(prepare(idle_s=60, environ={"AIRFLOW__CORE__DEFAULT_TIMEZONE": "Europe/Vienna"}))
        runner.send(call("default_timezone"))
        assert told(runner).returned == "Europe/Vienna"


def test_it_ends_when_no_request_comes() -> None:
    with RunnerProcess(IMAGE, prepared=True) as runner:
        runner.send(prepare(idle_s=0.1))
        assert told_kinds(runner) == ["ready"]


def test_it_ends_with_its_task_when_nobody_is_heard_for_the_lease() -> None:
    with RunnerProcess(IMAGE, prepared=True) as runner:
        runner.send(prepare(idle_s=60, lease_s=5))
        runner.send(echo("echo started; sleep 600"))
        events = runner.events()
        next(event for event in events if event.get("message") == "started")
        assert Told(list(events)).outcome["state"] == "failed"  # as of a worker that is told to stop
        runner.process.wait()


def test_a_word_that_its_client_is_still_there_is_no_answer() -> None:
    with RunnerProcess(IMAGE, prepared=True) as runner:
        runner.send(prepare(idle_s=60, lease_s=60))
        runner.send(echo("echo {{ var.value.greeting }}"))

        def answer(question: dict[str, Any]) -> str:
            runner.send({})
            return "hello"

        assert Told(runner.converse(answer)).returned == "hello"


def test_it_says_that_code_has_changed_that_it_has_imported_itself(tmp_path: Path) -> None:
    plugin = tmp_path / "plugins" / "own.py"
    plugin.parent.mkdir()
    plugin.write_text(
        "from airflow.plugins_manager import AirflowPlugin\nclass Own(AirflowPlugin):\n    name = 'own'\n"
    )
    helper = tmp_path / "airflow_local_settings.py"
    helper.write_text("")
    with RunnerProcess({**IMAGE, "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(tmp_path)}, prepared=True) as runner:
        runner.send(prepare(idle_s=60))
        runner.send({**echo("echo no"), "changed": [str(tmp_path / "dags/dag.py"), str(helper)]})
        error = told(runner).error
        assert (error["code"], str(helper) in error["message"]) == ("spare_outdated", True)


@pytest.fixture
def runner() -> Iterator[RunnerProcess]:
    with RunnerProcess(IMAGE, prepared=True) as process:
        process.send(prepare(fork=True, idle_s=60, lease_s=60))
        assert process.receive()["event"] == "ready"  # type: ignore[index]
        yield process


@pytest.fixture
def server(runner: RunnerProcess) -> ForkClient:
    return client_of(runner)


def client_of(runner: RunnerProcess) -> ForkClient:
    assert runner.process.stdout is not None
    return ForkClient(runner.process.stdout.read, runner.write)


def test_children_run_side_by_side_and_each_has_its_own_outcome(server: ForkClient) -> None:
    for child, text in ((1, "one"), (2, "two"), (3, "three")):
        server.ask(child, echo(f"echo {text}; echo {text} >&2"))
    told, exits = server.until_ended(1, 2, 3)
    assert [told[child].returned for child in (1, 2, 3)] == ["one", "two", "three"]
    assert exits == {child: {"code": 0, "oom": False} for child in (1, 2, 3)}


def test_a_child_that_dies_takes_nobody_with_it(server: ForkClient) -> None:
    server.ask(1, echo("kill -9 $PPID"))
    server.ask(2, echo("echo well"))
    told, exits = server.until_ended(1, 2)
    assert exits[1] == {"code": 137, "oom": False}
    assert not told[1].of("outcome")
    assert told[2].returned == "well"


def test_a_child_whose_input_ends_is_ended_and_what_it_started(server: ForkClient) -> None:
    server.ask(1, echo("echo started; sleep 600"))
    server.until_said(b'"started"')
    server.send(1, END)
    assert any((child, kind) == (1, EXIT) for child, kind, _ in server.packets())


def test_children_do_not_share_chance(server: ForkClient) -> None:
    for child in (1, 2):
        server.ask(child, call("chance"))
    told, _ = server.until_ended(1, 2)
    assert told[1].returned != told[2].returned


def test_it_ends_when_its_client_hangs_up(server: ForkClient, runner: RunnerProcess) -> None:
    server.ask(1, echo("sleep 600"))
    runner.hang_up()
    assert runner.process.wait() == 0


def test_it_ends_with_its_children_when_it_is_asked_to(server: ForkClient, runner: RunnerProcess) -> None:
    server.ask(1, echo("sleep 600"))
    server.send(0, END)
    assert runner.process.wait() == 0


def test_it_ends_with_its_children_when_nobody_is_heard_for_the_lease() -> None:
    with RunnerProcess(IMAGE, prepared=True) as runner:
        runner.send(prepare(fork=True, idle_s=60, lease_s=1))
        runner.receive()
        server = client_of(runner)
        server.ask(1, echo("sleep 600"))
        assert runner.process.wait() == 0


def test_it_ends_when_no_child_is_asked_for() -> None:
    with RunnerProcess(IMAGE, prepared=True) as runner:
        runner.send(prepare(fork=True, idle_s=0.1, lease_s=60))
        assert runner.process.wait() == 0


def test_a_dag_file_is_read_anew_by_each_child(tmp_path: Any, server: ForkClient) -> None:
    file = tmp_path / "dag.py"
    for child, name in ((1, "first"), (2, "second")):
        file.write_text(
            "from airflow import DAG\nfrom airlock_test_image import SqliteOperator\n"
            f"with DAG({name!r}, schedule=None):\n    SqliteOperator(task_id='own', sql='')\n"
        )
        server.ask(child, request("resolve", dag_file=str(file), task_id="t", dag_id=None))
        told, _ = server.until_ended(child)
        assert f"{name}: own" in told[child].error["message"]
