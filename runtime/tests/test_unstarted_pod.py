"""The pod that would carry an isolated task, described while its DAG file is resolved: no cluster is there."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Project
from generation import BASH

HEAD = """
import datetime
from airflow import DAG
from airlock_runtime import IsolatedOperator
from kubernetes.client import models as k8s
with DAG("d", start_date=datetime.datetime(2024, 1, 1), schedule=None) as dag:
"""


def dag(arguments: str, call: str = "(") -> str:
    return f"""{HEAD}
    IsolatedOperator{call}
        task_id="a", operator="{BASH}", environment="team",
        {arguments}
    )"""


def pod_of(project: Project, arguments: str) -> Any:
    told = project.resolve(dag(f'bash_command="true", {arguments}'), "a", to_run=True, pods=True)
    assert told.outcome["state"] == "success", told.outcome
    (described,) = told.of("resolved")[-1]["tasks"]
    return described["pod"]


def test_what_a_task_says_of_its_pod_is_told_and_nothing_else(project: Project) -> None:
    arguments = """
        isolated_operator_kwargs={
            "namespace": "data",
            "labels": {"airflow_team": "data"},
            "node_selector": {"pool": "gpu"},
            "tolerations": [k8s.V1Toleration(key="gpu", operator="Exists")],
            "container_resources": k8s.V1ResourceRequirements(limits={"nvidia.com/gpu": 1}),
            "env_vars": {"WHO": "me"},
            "volumes": [k8s.V1Volume(name="scratch", empty_dir=k8s.V1EmptyDirVolumeSource())],
            "volume_mounts": [k8s.V1VolumeMount(name="scratch", mount_path="/scratch")],
        },"""
    pod = pod_of(project, arguments)
    (container,) = pod["spec"].pop("containers")
    assert {name: container[name] for name in ("name", "resources", "env", "volumeMounts")} == {
        "name": "base",
        "resources": {"limits": {"nvidia.com/gpu": 1}},
        "env": [{"name": "WHO", "value": "me"}],
        "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}],
    }
    assert not container.keys() - {"name", "resources", "env", "volumeMounts"}
    assert pod == {
        "metadata": {"labels": {"airflow_team": "data"}, "annotations": {}},
        "spec": {
            "nodeSelector": {"pool": "gpu"},
            "tolerations": [{"key": "gpu", "operator": "Exists"}],
            "volumes": [{"name": "scratch", "emptyDir": {}}],
        },
    }


def test_a_whole_pod_is_as_good(project: Project) -> None:
    arguments = """
        kubernetes_pod_operator_kwargs={
            "base_container_name": "main",
            "pod_override": k8s.V1Pod(
                spec=k8s.V1PodSpec(
                    service_account_name="loader", containers=[k8s.V1Container(name="main", tty=True)]
                )
            ),
        },"""
    spec = pod_of(project, arguments)["spec"]
    assert spec["serviceAccountName"] == "loader"
    assert [(container["name"], container["tty"]) for container in spec["containers"]] == [("base", True)]


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        'isolation_type="docker", isolated_operator_kwargs={"mem_limit": "1g"},',
        'isolated_operator_kwargs={"namespace": "data", "kubernetes_conn_id": "elsewhere"},',
        'isolated_operator_kwargs={"deferrable": True, "startup_timeout_seconds": 600},',
    ],
)
def test_there_is_none_where_nobody_says_anything_of_it(project: Project, arguments: str) -> None:
    assert pod_of(project, arguments) is None


def test_what_the_settings_say_holds_for_all(project: Project) -> None:
    project.env["AIRFLOW__AIRLOCK__KUBERNETES_KWARGS"] = '{"service_account_name": "loader", "labels": {"a": "1"}}'
    pod = pod_of(project, 'isolated_operator_kwargs={"labels": {"b": "2"}},')
    assert (pod["spec"]["serviceAccountName"], pod["metadata"]["labels"]) == ("loader", {"b": "2"})


def test_templates_are_left_out_and_named(project: Project) -> None:
    arguments = """
        isolated_operator_kwargs={
            "labels": {"day": "{{ ds }}", "team": "data"}, "env_vars": {"DAY": "{{ ds }}", "WHO": "me"},
        },"""
    told = project.resolve(dag(f'bash_command="true", {arguments}'), "a", to_run=True, pods=True)
    pod = told.of("resolved")[-1]["tasks"][0]["pod"]
    assert pod["metadata"]["labels"] == {"team": "data"}
    assert pod["spec"]["containers"][0]["env"] == [{"name": "WHO", "value": "me"}]
    warnings = [event["message"] for event in told.of("log") if event["level"] == "warning"]
    assert [message.partition(" of its pod is a template")[0] for message in warnings] == [
        "a: metadata.labels.day",
        "a: spec.containers[base].env[DAY].value",
    ]


def test_what_airflow_does_not_render_is_no_template(project: Project) -> None:
    arguments = """
        isolated_operator_kwargs={
            "init_containers": [k8s.V1Container(name="first", image="i", command=["show", "{{.ID}}"])],
            "pod_override": k8s.V1Pod(
                metadata=k8s.V1ObjectMeta(annotations={"vault": "{{- with secret }}"}),
                spec=k8s.V1PodSpec(containers=[k8s.V1Container(name="base")]),
            ),
        },"""
    pod = pod_of(project, arguments)
    assert pod["metadata"]["annotations"] == {"vault": "{{- with secret }}"}
    assert pod["spec"]["initContainers"][0]["command"] == ["show", "{{.ID}}"]


def test_a_mutation_hook_sees_the_labels_that_it_knows(project: Project) -> None:
    hook = """
    def pod_mutation_hook(pod):
        pod.metadata.annotations["cost"] = "{dag_id}/{task_id}".format(**pod.metadata.labels)
    """
    project.write("config/airflow_local_settings.py", hook)
    project.env["PYTHONPATH"] += f":{project.root / 'config'}"
    pod = pod_of(project, 'isolated_operator_kwargs={"node_selector": {"pool": "gpu"}},')
    assert pod["metadata"] == {"labels": {}, "annotations": {"cost": "d/a"}}


def test_what_makes_no_pod_is_a_failure_with_its_line(project: Project) -> None:
    source = dag('bash_command="true", isolated_operator_kwargs={"no_such": 1},')
    error = project.resolve(source, "a", to_run=True, pods=True).outcome["error"]
    assert (error["code"], error["file"], error["line"]) == ("bad_pod", str(project.dag_file), 8)
    assert "no_such" in error["message"]


def test_an_instance_of_a_mapped_task_has_its_own(project: Project) -> None:
    partial = dag('isolated_operator_kwargs={"node_selector": {"pool": "gpu"}},', ".partial(")
    source = f'{partial}.expand(bash_command=["true", "false"])'
    told = project.resolve(source, "a", to_run=True, pods=True, expand=True)
    pods = [task["pod"] for event in told.of("resolved") for task in event["tasks"]]
    assert [pod["spec"]["nodeSelector"] for pod in pods] == [{"pool": "gpu"}] * 2


def test_nobody_is_told_who_does_not_ask(project: Project) -> None:
    described = project.resolved(dag('bash_command="true", isolated_operator_kwargs={"no_such": 1},'), "a")
    assert "pod" not in described
