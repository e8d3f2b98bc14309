"""A task in a pod: by IsolatedOperator, and the same pod by KubernetesPodOperator by hand, in turns.

Both import in the pod what of Airflow a worker imports, run `echo` by BashOperator, and give its output as XCom. Prints one JSON object: seconds
of each task, by name. Needs AIRFLOW_CONN_KUBERNETES_DEFAULT and the image's reference.
"""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "runtime"))

from airflow import DAG  # noqa: E402
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator  # noqa: E402
from airlock_runtime import IsolatedOperator  # noqa: E402

IMAGE, ROUNDS = sys.argv[1], int(sys.argv[2])
BY_HAND = """
import json, os
import airflow.sdk.execution_time.supervisor, airflow.sdk.execution_time.task_runner
from airflow.providers.standard.operators.bash import BashOperator
said = BashOperator(task_id="bench", bash_command="echo hello").execute({})
os.makedirs("/airflow/xcom", exist_ok=True)
with open("/airflow/xcom/return.json", "w") as file:
    json.dump(said, file)
"""
POD: dict[str, Any] = {"namespace": "default", "startup_check_interval_seconds": 1, "kubernetes_conn_id": "kubernetes_default"}


def dag_of(name: str) -> Any:
    with DAG(f"bench_{name}", start_date=datetime.datetime(2024, 1, 1), schedule=None) as dag:
        if name == "isolated":
            IsolatedOperator(
                task_id="task",
                image=IMAGE,
                isolation_type="kubernetes",
                isolated_operator_kwargs=POD,
                operator="airflow.providers.standard.operators.bash.BashOperator",
                bash_command="echo hello",
            )
        else:
            KubernetesPodOperator(
                task_id="task",
                image=IMAGE,
                cmds=["python3", "-c", BY_HAND],
                do_xcom_push=True,
                on_finish_action="delete_pod",
                **POD,
            )
    return dag


DAGS = {name: dag_of(name) for name in ("isolated", "by_hand")}
globals().update(DAGS)  # Airflow finds them by the file, as it finds all


def run(name: str, turn: int) -> float:
    day = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(days=turn)
    (instance,) = DAGS[name].test(logical_date=day).get_task_instances()
    assert instance.state == "success", instance.state
    seconds: float = (instance.end_date - instance.start_date).total_seconds()
    return seconds


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in DAGS}
    for turn in range(ROUNDS + 1):
        for name, measured in times.items():
            seconds = run(name, turn)
            if turn:  # the first one unpacks the image
                measured.append(seconds)
    print("\n" + json.dumps(times))


if __name__ == "__main__":
    main()
