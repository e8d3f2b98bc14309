"""Functions as tasks."""

from datetime import datetime, timezone

from stock import DAG, EmptyOperator, PythonOperator, get_current_context
from way import task

ENDS = {"failed on 3.0": "told_to_split"}

FACTOR = 3


def helper(value):
    return value * FACTOR


with DAG("taskflow", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:

    @task(task_id="numbers")
    def numbers():
        """Three numbers."""
        return [1, 2, 3]

    @task(task_id="total")
    def total(values, more=0, *, of="{{ ds }}"):
        return {"sum": sum(values) + helper(more), "of": of}

    @task(task_id="entries")
    def entries(start) -> dict[str, int]:
        return {"one": start, "two": start + 1}

    @task(task_id="told_to_split", multiple_outputs=True)
    def told_to_split():
        return {"x": (1, 2), "y": None}

    @task(task_id="kept_whole", multiple_outputs=False)
    def kept_whole() -> dict[str, int]:
        return {"x": 1}

    @task(task_id="context")
    def of_context(ds, ti=None, params=None, **context):
        current = get_current_context()
        return [ds, ti.task_id, dict(params), context["run_id"], current["ti"] is ti, current["ds"] == ds]

    @task(task_id="templated")
    def templated(texts, plain):
        return [texts, plain]

    @task(task_id="closes_over")
    def closes_over():
        return [local, helper(2), [helper(n) for n in (1, 2)]]

    @task
    def overridden(n):
        return n

    local = {"a": (1, 2)}
    listed = numbers()
    summed = total(listed, more=2)
    split = entries(5)
    templated(["{{ ds }}", {"deep": "{{ ti.task_id }}"}, split["two"]], plain=datetime(2024, 5, 1))
    told_to_split()
    kept_whole()
    of_context()
    closes_over()
    overridden.override(task_id="overriding", retries=3, doc_md="x")(split["one"])
    # an ordinary task reads what an isolated one left
    EmptyOperator(task_id="end") << PythonOperator(
        task_id="reads", python_callable=lambda *values: values, op_args=[summed, split["two"]]
    )
