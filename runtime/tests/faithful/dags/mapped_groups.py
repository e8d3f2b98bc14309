"""Mapped task groups."""

from datetime import datetime, timezone

from stock import DAG, BashOperator, EmptyOperator, PythonOperator, TaskGroup, task_group
from way import task, use

ENDS = {
    "failed": "uneven.odd[1]",
    "upstream_failed": "uneven.joined[1]",
    "skipped": "nothing.never",
}

Bash, Python = use(BashOperator), use(PythonOperator)


def odd(number):
    if number % 2 == 0:
        raise ValueError("it is even")
    return number


with DAG("mapped_groups", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:
    words = PythonOperator(task_id="words", python_callable=lambda: ["x", "y", "z"])
    numbers = PythonOperator(task_id="numbers", python_callable=lambda: [1, 2, 3])

    @task_group(group_id="group")
    def group(entry):
        @task(task_id="inside")
        def inside(value, *, ti):
            return [value, ti.map_index]

        @task(task_id="after")
        def after(value):
            return value

        return after(inside(entry))

    @task(task_id="gathered")
    def gathered(values):
        return list(values)

    gathered(group.expand(entry=words.output))

    @task_group(group_id="uneven")
    def uneven(number, text="none"):
        with TaskGroup("between", prefix_group_id=False):
            said = Bash(task_id="said", bash_command="echo {{ ti.map_index }} $TEXT", env={"TEXT": text})
        odds = Python(task_id="odd", python_callable=odd, op_args=[number])
        joined = EmptyOperator(task_id="joined")
        done = Python(
            task_id="done",
            python_callable=lambda *args: list(args),
            op_args=[number, said.output, odds.output, "{{ ti.xcom_pull('said', map_indexes=1) }}"],
            trigger_rule="all_done",
        )
        [said, odds] >> joined >> done

    uneven.expand_kwargs(numbers.output.map(lambda number: {"number": number, "text": "{{ ds }}"}))

    @task_group(group_id="nothing")
    def nothing(entry):
        Python(task_id="never", python_callable=print, op_args=[entry])

    nothing.expand(entry=[])
