"""How long a DAG file of 200 tasks takes to parse: isolated ones, and KubernetesPodOperators, in turns.

Prints one JSON object: milliseconds of each, by name. What both import is imported before.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "runtime"))

HEAD = """
import datetime
from airflow import DAG
{imports}
with DAG("bench", start_date=datetime.datetime(2024, 1, 1), schedule=None) as dag:
    previous = None
    for number in range(200):
        task = {call}
        if previous is not None:
            previous >> task
        previous = task
"""
FILES = {
    "isolated": HEAD.format(
        imports="from airlock_runtime import IsolatedOperator",
        call=(
            'IsolatedOperator(task_id=f"t{number}", environment="team", retries=2, '
            'operator="airflow.providers.standard.operators.bash.BashOperator", bash_command="echo {{ ds }}")'
        ),
    ),
    "pods": HEAD.format(
        imports="from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator",
        call=(
            'KubernetesPodOperator(task_id=f"t{number}", image="fitness/airflow/team", retries=2, '
            'cmds=["bash", "-c"], arguments=["echo {{ ds }}"])'
        ),
    ),
}


def parse(source: str) -> float:
    code = compile(source, __file__, "exec")
    started = time.perf_counter()
    exec(code, {"__name__": "bench_dag", "__file__": __file__})
    return (time.perf_counter() - started) * 1000


times: dict[str, list[float]] = {name: [] for name in FILES}
for turn in range(int(sys.argv[1]) + 1):
    for name, source in FILES.items():
        ms = parse(source)
        if turn:  # the first one imports
            times[name].append(ms)
print(json.dumps(times))
