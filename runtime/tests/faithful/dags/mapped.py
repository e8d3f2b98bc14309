"""Mapped tasks."""

from datetime import datetime, timezone

from stock import DAG, BashOperator, PythonOperator, get_current_context
from way import task, use

Bash, Python = use(BashOperator), use(PythonOperator)


def values(*args, text=None):
    return [args, text]


with DAG("mapped", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:
    listed = PythonOperator(task_id="listed", python_callable=lambda: [{"n": 1}, {"n": 2}])
    named = PythonOperator(task_id="named", python_callable=lambda: {"a": "{{ not rendered }}", "b": 2})
    words = PythonOperator(task_id="words", python_callable=lambda: ["x", "y", "z"])

    Bash.partial(task_id="literal", env={"DAY": "{{ ds }}"}, append_env=True).expand(
        bash_command=["echo $DAY {{ ti.map_index }}", "echo {{ task.env.DAY }}"]
    )
    Python.partial(task_id="over_xcom", python_callable=values, op_kwargs={"text": "{{ ds }}"}).expand(
        op_args=listed.output.map(lambda entry: [entry["n"] * 10])
    )
    Python.partial(task_id="over_dict", python_callable=values).expand(op_args=named.output)
    Python.partial(task_id="zipped", python_callable=values).expand(
        op_args=words.output.zip(listed.output, fillvalue="filled")
    )
    Python.partial(task_id="by_kwargs", python_callable=values).expand_kwargs(
        listed.output.map(lambda entry: {"op_args": [entry], "op_kwargs": {"text": "{{ ds }}"}})
    )

    @task(task_id="doubled")
    def doubled(value, factor=2):
        return value * factor

    @task(task_id="crossed", map_index_template="{{ label }}")
    def crossed(one, two, *, ti):
        get_current_context()["label"] = f"{one}-{two}"
        return [one, two, ti.map_index]

    @task(task_id="gathered")
    def gathered(values):
        return [type(values).__name__, list(values), len(values), values[0]]

    gathered(doubled.partial(factor=3).expand(value=words.output))
    crossed.expand(one=[1, 2], two=["a"])
