/** A DAG file of tasks for pods. @param busybox an image that the cluster has. */
export const podsDag = (busybox: string) => `
import datetime
import os
import time

from airflow import DAG
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.secret import Secret
from airflow.providers.docker.operators.docker import DockerOperator
from airlock_runtime import IsolatedOperator
from kubernetes.client import models as k8s


def environ():
    return os.environ.get("FROM_TEMPLATE")


def where():
    return [os.environ.get("SCRATCH"), os.path.isdir("/scratch"), os.environ.get("FROM_TEMPLATE")]


def counts():
    for number in range(2000):
        print("line", number, flush=True)
        time.sleep(0.002)
    return 2000


def large(text):
    print(text)
    return len(text)


def big():
    return "x" * 3_000_000


def pulls(ti):
    import threading

    ends = threading.Event()

    def noise():
        number = 0
        while not ends.is_set():
            print("noise", number)
            number += 1

    thread = threading.Thread(target=noise)
    thread.start()
    try:
        return [len(ti.xcom_pull(task_ids="big")) for _ in range(3)]
    finally:
        ends.set()
        thread.join()


def hungry():
    kept = bytearray(900 << 20)
    for start in range(0, len(kept), 4096):
        kept[start] = 1
    return len(kept)


def team(function, **kwargs):
    return IsolatedOperator(
        task_id=function.__name__,
        environment="team",
        operator="airflow.providers.standard.operators.python.PythonOperator",
        python_callable=function,
        **kwargs,
    )


with DAG("pods", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    for function in (environ, counts, hungry, big, pulls):
        team(function)
    team(large, op_args=["x" * 3_000_000])
    IsolatedOperator(
        task_id="where",
        environment="team",
        operator="airflow.providers.standard.operators.python.PythonOperator",
        python_callable=where,
        isolated_operator_kwargs={
            "labels": {"team": "gpu", "day": "{{ ds }}"},
            "container_resources": k8s.V1ResourceRequirements(requests={"cpu": "20m"}),
            "env_vars": {"SCRATCH": "/scratch"},
            "volumes": [k8s.V1Volume(name="scratch", empty_dir=k8s.V1EmptyDirVolumeSource())],
            "volume_mounts": [k8s.V1VolumeMount(name="scratch", mount_path="/scratch")],
        },
    )
    busybox = "${busybox}"
    KubernetesPodOperator(
        task_id="pod",
        image=busybox,
        cmds=["sh", "-c"],
        arguments=["echo hello $WHO; echo '{\\"a\\": 1}' > /airflow/xcom/return.json"],
        env_vars={"WHO": "{{ ds }}"},
        do_xcom_push=True,
    )
    KubernetesPodOperator(
        task_id="leaves_much",
        image=busybox,
        cmds=["sh", "-c"],
        arguments=["head -c 20000000 /dev/zero > /airflow/xcom/return.json"],
        do_xcom_push=True,
    )
    KubernetesPodOperator(
        task_id="writes",
        image=busybox,
        cmds=["sh", "-c"],
        arguments=["for n in $(seq 300); do echo line $n; sleep 0.02; done"],
    )
    KubernetesPodOperator(
        task_id="secret",
        image=busybox,
        cmds=["sh", "-c"],
        arguments=["echo 'it is $(TOKEN), of $$(TOKEN)'; printf %s $TOKEN | wc -c"],
        secrets=[Secret("env", "TOKEN", "api", "token")],
    )
    KubernetesPodOperator(
        task_id="whole",
        image=busybox,
        cmds=["sh", "-c"],
        arguments=["""printf '"%s, %s, %s"' "$(cat /words/one)" "$MODE" "$TOKEN" > /airflow/xcom/return.json"""],
        do_xcom_push=True,
        labels={"day": "{{ ds }}"},
        container_resources=k8s.V1ResourceRequirements(requests={"cpu": "600m"}),
        node_selector={"kubernetes.io/os": "linux"},
        secrets=[Secret("env", "TOKEN", "api", "token")],
        env_from=[k8s.V1EnvFromSource(config_map_ref=k8s.V1ConfigMapEnvSource(name="modes"))],
        volumes=[k8s.V1Volume(name="words", empty_dir=k8s.V1EmptyDirVolumeSource())],
        volume_mounts=[k8s.V1VolumeMount(name="words", mount_path="/words")],
        init_containers=[
            k8s.V1Container(
                name="first",
                image=busybox,
                command=["sh", "-c", "echo from the first > /words/one"],
                volume_mounts=[k8s.V1VolumeMount(name="words", mount_path="/words")],
            )
        ],
    )
    DockerOperator(task_id="container", image=busybox, command="sh -c 'echo one; echo two; exit 3'")

with DAG("fan", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    for number in range(4):
        IsolatedOperator(
            task_id=f"fan_{number}",
            environment="team",
            operator="airflow.providers.standard.operators.bash.BashOperator",
            bash_command="sleep 1",
        )
`;
