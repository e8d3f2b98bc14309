"""Operators that start containers, with whoever started the runner doing it: no engine and no cluster is there."""

from __future__ import annotations

import base64
import json
import pickle
from typing import Any, Callable, Mapping

import pytest
from conftest import Project, Run
from generation import PYTHON
from runner_process import Refuse, Told, task

DOCKER = "airflow.providers.docker.operators.docker.DockerOperator"
POD = "airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator"
RESULT = "/airflow/xcom/return.json"
OPENING = """
import datetime
from airflow import DAG
try:
    from airflow.sdk import task
except ImportError:
    from airflow.decorators import task
{imports}
with DAG("d", start_date=datetime.datetime(2024, 1, 1), schedule=None):
{tasks}
"""


Files = Mapping[str, bytes]


class Engine:
    """Answers as a sender of the request does that starts containers.

    :param output: what the container writes, in the pieces that it comes in
    """

    def __init__(self, *output: str, code: int = 0, oom_killed: bool = False, files: Files | None = None) -> None:
        self._told: list[Any] = [{"text": text} for text in output] + [{"code": code, "oom_killed": oom_killed}]
        self._files = files or {}
        self.started: list[dict[str, Any]] = []

    def __call__(self, question: dict[str, Any]) -> Any:
        if question["kind"] == "container":
            self.started.append(question["container"])
            return str(len(self.started))
        if question["kind"] == "container_output":
            return self._told.pop(0)
        if question["kind"] == "container_file":
            content = self._files.get(question["path"])
            return None if content is None else base64.b64encode(content).decode()
        return None

    @property
    def container(self) -> dict[str, Any]:
        (only,) = self.started
        return only


def wrote(value: Any) -> Engine:
    """A pod's container that writes its result as JSON."""
    return Engine(files={RESULT: json.dumps(value).encode()})


@pytest.fixture
def run_in(run_task: Run) -> Callable[..., Told]:
    return lambda engine, operator, pods=False, **kwargs: run_task(
        task(operator, **kwargs), engine, containers=True, pods=pods
    )


RunIn = Callable[..., Told]


def warnings(told: Told) -> list[str]:
    return [e["message"] for e in told.of("log") if e["level"] == "warning" and e["logger"] == "airlock"]


def test_docker_starts_the_container_that_the_operator_describes(run_in: RunIn) -> None:
    engine = Engine("1\n2", "\nla", "st\n")
    told = run_in(
        engine,
        DOCKER,
        image="shop/{{ ds_nodash }}",
        entrypoint="sh -c",
        command=["echo", "{{ ds }}", "a b"],
        environment={"A": "{{ ds }}"},
        private_environment={"B": "secret"},
        working_dir="/work",
        user=7,
        mem_limit="64m",
        network_mode="shop",
        extra_hosts={"db": "10.9.8.7"},
    )
    assert told.outcome["state"] == "success", told.outcome
    assert engine.container == {
        "image": "shop/20240131",
        "entrypoint": ["sh", "-c"],
        "command": ["echo", "2024-01-31", "a b"],
        "environ": {"A": "2024-01-31", "B": "secret", "AIRFLOW_TMP_DIR": "/tmp/airflow"},
        "working_dir": "/work",
        "user": "7",
        "memory": 64 << 20,
        "network": "shop",
        "extra_hosts": ["db:10.9.8.7"],
        "folders": ["/tmp/airflow"],
    }
    assert told.returned == "last"
    assert [line for line in told.lines() if line in ("1", "2", "last")] == ["1", "2", "last"]
    assert warnings(told) == []


def test_docker_returns_all_lines_or_what_it_retrieves(run_in: RunIn) -> None:
    assert run_in(Engine("1\n2\n"), DOCKER, image="i", xcom_all=True).returned == ["1", "2"]
    retrieved = {"retrieve_output": True, "retrieve_output_path": "/out"}
    there = Engine("1\n", files={"/out": pickle.dumps({"a": 1})})
    assert run_in(there, DOCKER, image="i", **retrieved).returned == {"a": 1}
    assert run_in(Engine("1\n"), DOCKER, image="i", **retrieved).of("xcom") == []


def test_docker_fails_and_skips_by_the_exit_code(run_in: RunIn) -> None:
    told = run_in(Engine(code=3), DOCKER, image="i", mount_tmp_dir=False)
    assert (told.outcome["state"], told.error["type"]) == ("failed", "DockerContainerFailedException")
    assert "'StatusCode': 3" in told.error["message"]
    assert run_in(Engine(code=3), DOCKER, image="i", skip_on_exit_code=3).outcome["state"] == "skipped"
    assert "ran out of memory" in run_in(Engine(code=137, oom_killed=True), DOCKER, image="i").error["message"]


def test_what_a_local_container_lacks_is_named_once(run_in: RunIn) -> None:
    mounts = {"mounts": [{"Target": "/data", "Source": "data", "Type": "volume"}]}
    told = run_in(Engine(), DOCKER, image="i", privileged=True, hostname="h", **mounts)
    assert told.outcome["state"] == "success", told.outcome
    assert warnings(told) == ["This container is started without the mount at /data, privileged, hostname"]


@pytest.mark.parametrize("operator", [DOCKER, POD])
def test_a_container_that_does_not_start_fails_the_task_with_the_reason(run_in: RunIn, operator: str) -> None:
    def refuse(question: dict[str, Any]) -> Any:
        raise Refuse("no such program: nothing")

    told = run_in(refuse, operator, image="shop/image")
    assert (told.outcome["state"], told.error["code"]) == ("failed", "container")
    assert told.error["message"] == "The question for container 'shop/image' was refused: no such program: nothing"


def test_a_secret_is_masked_in_what_a_container_writes(run_task: Run) -> None:
    described = task(DOCKER, image="i", command="{{ conn.db.password }}")
    engine = Engine("it is pa55word\n")
    known = {"db": {"uri": "postgres://u:pa55word@there/x"}}
    told = run_task(described, engine, containers=True, connections=known)
    assert engine.container["command"] == ["pa55word"]
    assert "it is ***" in told.lines()


def test_nothing_is_started_where_templates_are_rendered(run_task: Run) -> None:
    engine = Engine()
    told = run_task(task(POD, image="i", cmds=["{{ ds }}"]), engine, containers=True, render_only=True)
    assert (told.rendered["cmds"], engine.started) == (["2024-01-31"], [])


def test_a_pod_is_the_container_that_the_operator_builds(run_in: RunIn) -> None:
    engine = wrote({"rows": [1, "é"]})
    told = run_in(
        engine,
        POD,
        image="shop/image",
        cmds=["sh", "-c"],
        arguments=["echo $(DAY) $$(DAY) $(OTHER)", "{{ ds }}"],
        env_vars={"DAY": "{{ ds }}"},
        do_xcom_push=True,
        pod_template_dict={
            "apiVersion": "v1",
            "kind": "Pod",
            "spec": {
                "securityContext": {"runAsUser": 50000, "runAsGroup": 0},
                "hostAliases": [{"ip": "10.9.8.7", "hostnames": ["db"]}],
                "containers": [
                    {
                        "name": "base",
                        "workingDir": "/work",
                        "resources": {"limits": {"memory": "64Mi", "cpu": "500m"}},
                    }
                ],
            },
        },
    )
    assert told.outcome["state"] == "success", told.outcome
    assert engine.container == {
        "image": "shop/image",
        "entrypoint": ["sh", "-c"],
        "command": ["echo $(DAY) $$(DAY) $(OTHER)", "2024-01-31"],
        "environ": {"DAY": "2024-01-31"},
        "references": True,
        "secrets": [],
        "working_dir": "/work",
        "user": "50000:0",
        "memory": 64 << 20,
        "cpus": 0.5,
        "extra_hosts": ["db:10.9.8.7"],
        "folders": ["/airflow/xcom"],
    }
    assert told.returned == {"rows": [1, "é"]}
    assert warnings(told) == []


def test_a_pods_lines_are_logged_and_without_a_file_it_returns_nothing(run_in: RunIn) -> None:
    told = run_in(Engine("one\ntwo"), POD, image="i", do_xcom_push=True)
    assert [line for line in told.lines() if line.startswith("[base]")] == ["[base] one", "[base] two"]
    assert [event for event in told.of("xcom") if event["key"] == "return_value" and event["value"] is not None] == []
    quiet = run_in(Engine("one\n"), POD, image="i", get_logs=False)
    assert quiet.outcome["state"] == "success"
    assert not any("one" in line for line in quiet.lines())


def test_a_pod_does_not_defer(run_in: RunIn) -> None:
    assert run_in(wrote(1), POD, image="i", do_xcom_push=True, deferrable=True).returned == 1


def test_a_pod_fails_and_skips_by_the_exit_code(run_in: RunIn) -> None:
    told = run_in(Engine(code=3), POD, image="i", name="shop")
    assert (told.outcome["state"], told.error["type"]) == ("failed", "AirflowException")
    assert "returned a failure.\nIts container ended with exit code 3" in told.error["message"]
    assert run_in(Engine(code=3), POD, image="i", skip_on_exit_code=[3]).outcome["state"] == "skipped"
    assert "ran out of memory" in run_in(Engine(code=137, oom_killed=True), POD, image="i").error["message"]


POD_WITH_SECRETS = OPENING.format(
    imports=f"from {POD.rpartition('.')[0]} import KubernetesPodOperator\n"
    "from airflow.providers.cncf.kubernetes.secret import Secret\n"
    "from kubernetes.client import models as k8s",
    tasks="""
    KubernetesPodOperator(
        task_id="t",
        image="i",
        secrets=[
            Secret("env", "AIRFLOW_CONN_WAREHOUSE", "warehouse", "uri"),
            Secret("env", "TOKEN", "api", "token"),
            Secret("env", None, "all"),
            Secret("volume", "/etc/keys", "keys"),
        ],
        env_vars=[k8s.V1EnvVar(name="POD", value_from=k8s.V1EnvVarSource(
            field_ref=k8s.V1ObjectFieldSelector(field_path="metadata.namespace")))],
        init_containers=[k8s.V1Container(name="first", image="i")],
    )
""",
)


def test_a_clusters_secrets_are_those_of_the_project(project: Project) -> None:
    described = project.resolved(POD_WITH_SECRETS, "t")
    known = {"warehouse": {"uri": "postgres://u:pa55word@there/x"}}
    engine = Engine("it is pa55word and t0ken\n")
    told = project.execute(described, engine, containers=True, connections=known, environ={"TOKEN": "t0ken"})
    assert told.outcome["state"] == "success", told.outcome
    environ = engine.container["environ"]
    assert environ["AIRFLOW_CONN_WAREHOUSE"].startswith("postgres://u:pa55word@there")
    assert (environ["TOKEN"], environ["POD"]) == ("t0ken", "default")
    assert "[base] it is *** and ***" in told.lines()
    (warning,) = warnings(told)
    assert "the variables of the Secret all" in warning
    assert "at /etc/keys" in warning
    assert "the init container first" in warning


def test_a_pod_goes_whole_to_who_can_start_one(project: Project) -> None:
    described = project.resolved(POD_WITH_SECRETS, "t")
    engine = Engine()
    told = project.execute(described, engine, containers=True, pods=True, environ={"TOKEN": "t0ken"})
    assert told.outcome["state"] == "success", told.outcome
    started = engine.container
    # What the project has goes before the cluster's Secret, and not into the spec.
    assert (started["image"], started["environ"], started["secrets"]) == ("i", {"TOKEN": "t0ken"}, ["TOKEN"])
    spec = started["pod"]["spec"]
    (container,) = spec["containers"]
    where = {variable["name"]: sorted(variable["valueFrom"]) for variable in container["env"]}
    assert where == {"POD": ["fieldRef"], "AIRFLOW_CONN_WAREHOUSE": ["secretKeyRef"]}
    assert [source["secretRef"]["name"] for source in container["envFrom"]] == ["all"]
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/etc/keys"]
    assert [volume["secret"]["secretName"] for volume in spec["volumes"]] == ["keys"]
    assert [init["name"] for init in spec["initContainers"]] == ["first"]
    assert warnings(told) == []


def test_the_lines_of_a_whole_pods_other_containers_are_not_seen(run_in: RunIn) -> None:
    proxy = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "base"}, {"name": "proxy"}]}}
    told = run_in(Engine(), POD, image="i", pod_template_dict=proxy, container_logs=["base", "proxy"], pods=True)
    assert warnings(told) == ["This container is started without the log of its container proxy"]


def test_the_xcom_of_a_whole_pod_is_read_from_its_volume(run_task: Run) -> None:
    engine = wrote({"rows": 1})
    described = task(
        POD,
        image="i",
        do_xcom_push=True,
        env_vars={"DAY": "{{ ds }}"},
        labels={"team": "data"},
        base_container_name="main",
    )
    told = run_task(described, engine, containers=True, pods=True)
    assert told.returned == {"rows": 1}
    assert engine.container["pod"]["metadata"]["labels"] == {"team": "data"}, "an Airflow there would find it by others"
    spec = engine.container["pod"]["spec"]
    assert [(each["name"], each["env"]) for each in spec["containers"]] == [
        ("base", [{"name": "DAY", "value": "2024-01-31"}])
    ], "without Airflow's sidecar"
    (mount,) = spec["containers"][0]["volumeMounts"]
    assert mount["mountPath"] == "/airflow/xcom"
    assert [volume["emptyDir"] for volume in spec["volumes"] if volume["name"] == mount["name"]] == [{}]


def test_a_secret_that_the_project_lacks_is_named(project: Project) -> None:
    described = project.resolved(POD_WITH_SECRETS, "t")
    told = project.execute(described, Engine(), containers=True, environ={"TOKEN": "t"})
    assert told.error["code"] == "missing_secret"
    assert "AIRFLOW_CONN_WAREHOUSE is 'uri' of the Secret 'warehouse'" in told.error["message"]
    assert told.outcome["missing"] == [{"kind": "connection", "id": "warehouse"}]


@pytest.mark.parametrize("style", ["docker", "kubernetes"])
def test_a_function_is_sent_as_the_decorator_sends_it(project: Project, style: str) -> None:
    source = OPENING.format(
        imports="",
        tasks=f"""
    @task.{style}(image="i", do_xcom_push=True)
    def add(one, two):
        return one + two

    add(1, "{{{{ ds }}}}")
""",
    )
    engine = Engine(files={RESULT: b"3", "/tmp/script.out": pickle.dumps(3)})
    told = project.execute(project.resolved(source, "add"), engine, containers=True)
    assert told.outcome["state"] == "success", told.outcome
    assert told.returned == 3
    environ = engine.container["environ"]
    assert "def add(one, two):" in base64.b64decode(environ["__PYTHON_SCRIPT"]).decode()
    assert pickle.loads(base64.b64decode(environ["__PYTHON_INPUT"]))["args"] == (1, "2024-01-31")


def test_what_stays_in_the_parent_image_may_be_of_any_class(project: Project) -> None:
    source = OPENING.format(
        imports="import re\n"
        "from airlock_runtime import IsolatedOperator\n"
        f"from {PYTHON.rpartition('.')[0]} import PythonOperator",
        tasks="""
    PythonOperator(task_id="stays", python_callable=repr, op_args=[re.compile("a+")])
    IsolatedOperator(task_id="goes", operator=PythonOperator, environment="e", python_callable=print,
        op_args=[re.compile("a+")])
""",
    )
    assert project.execute(project.resolved(source, "stays")).returned == "re.compile('a+')"
    assert project.resolve(source, "goes").error["code"] == "cannot_travel"
    forged = task(PYTHON, op_args=[{"$pickle": "gAROLg=="}])
    assert project.execute(forged).error["code"] == "protocol"
