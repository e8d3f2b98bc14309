"""A mapped task group."""

from datetime import datetime, timezone

from stock import DAG, PythonOperator, task_group
from way import task

with DAG("mapped_groups", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:
    words = PythonOperator(task_id="words", python_callable=lambda: ["x", "y", "z"])

    @task_group(group_id="group")
    def group(entry):
        @task(task_id="inside")
        def inside(value, *, ti):
            return [value, ti.map_index]

        @task(task_id="after")
        def after(value):
            return value

        return after(inside(entry))

    group.expand(entry=words.output)
