"""Templates that render to Python objects."""

from datetime import datetime, timezone

from stock import DAG, BashOperator, PythonOperator
from way import use

Bash, Python = use(BashOperator), use(PythonOperator)


def same(listed, named):
    return [listed, named]


with DAG(
    "native",
    schedule=None,
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    render_template_as_native_obj=True,
    params={"numbers": [1, 2], "flag": True},
) as dag:
    numbers = PythonOperator(task_id="numbers", python_callable=lambda: {"a": [1, 2.5], "b": None})
    Python(
        task_id="objects",
        python_callable=same,
        op_args=[
            ["{{ params.numbers }}", "{{ params.flag }}", "{{ 1 + 1 }}", "{{ logical_date }}"],
            {
                "pulled": "{{ ti.xcom_pull(task_ids='numbers') }}",
                "entry": "{{ ti.xcom_pull(task_ids='numbers')['a'] }}",
                "text": "{{ ds }}",
                "joined": "n={{ 5 }}",
                "none": "{{ none }}",
                "literal": "(1, 'b')",
            },
        ],
    )
    numbers >> dag.get_task("objects")
    Bash(task_id="text", bash_command="echo {{ params.numbers }} {{ ds }}", env={"N": "{{ ds }}"})
