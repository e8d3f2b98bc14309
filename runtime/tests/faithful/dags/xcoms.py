"""What tasks read of one another."""

from datetime import datetime, timezone

from stock import DAG, EmptyOperator, PythonOperator
from way import use

Python = use(PythonOperator)


def pull(how, ti):
    found = ti.xcom_pull(**how)
    return [
        type(found).__name__,
        list(found) if hasattr(found, "__iter__") and not isinstance(found, (str, dict)) else found,
    ]


def read(texts, many, deep):
    return [texts, [list(many), len(many), many[-1]], deep]


PREVIOUS = {"2024-03-09T12:30:00+00:00": "success"}
XCOMS = {"earlier": "of the day before", "rows": "of the day before"}
ENDS = {"failed": "argument_is_missing", "failed on 3.0": "templates"}


with DAG("xcoms", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:
    rows = PythonOperator(task_id="rows", python_callable=lambda: [(1, "a"), (2, "b")])
    when = PythonOperator(task_id="when", python_callable=lambda: {"at": datetime(2024, 5, 1, tzinfo=timezone.utc)})
    keyed = PythonOperator(task_id="keyed", python_callable=lambda ti: ti.xcom_push(key="own.key-x", value={"a": 1}))
    many = PythonOperator.partial(task_id="many", python_callable=lambda n: n * 2).expand(op_args=[[1], [2], [3]])
    EmptyOperator(task_id="earlier")
    none = PythonOperator(task_id="none", python_callable=lambda: None)

    holes = PythonOperator.partial(task_id="holes", python_callable=lambda n: n or None).expand(op_args=[[1], [0], [3]])

    cases = {
        "one": {"task_ids": "rows"},
        "list_of_one": {"task_ids": ["rows"]},
        "list": {"task_ids": ["when", "rows"]},
        "own_key": {"task_ids": "keyed", "key": "own.key-x"},
        "any_task": {"key": "own.key-x"},
        "missing": {"task_ids": "none"},
        "default": {"task_ids": "none", "default": "d"},
        "of_mapped": {"task_ids": "many"},
        "one_of_mapped": {"task_ids": "many", "map_indexes": 1},
        "some_of_mapped": {"task_ids": "many", "map_indexes": [2, 0]},
        "not_a_task": {"task_ids": "nowhere"},
        "of_holes": {"task_ids": "holes"},
        "behind_a_hole": {"task_ids": "holes", "map_indexes": 2},
        "a_hole": {"task_ids": "holes", "map_indexes": 1, "default": "hole"},
        "no_prior": {"task_ids": "earlier"},
        "prior": {"task_ids": "earlier", "include_prior_dates": True},
        "prior_not_needed": {"task_ids": "rows", "include_prior_dates": True},
    }
    for name, how in cases.items():
        [rows, when, keyed, many, none, holes] >> Python(task_id=name, python_callable=pull, op_args=[how])
    Python(
        task_id="templates",
        python_callable=read,
        op_args=[
            [
                "{{ ti.xcom_pull('rows')[1][0] }}",
                "{{ ti.xcom_pull(task_ids=['rows', 'keyed'], key='return_value') }}",
                "{{ ti.xcom_pull(task_ids='many') | list }} {{ ti.xcom_pull('many') | length }}",
            ],
            many.output,
            {"rows": rows.output, "dates": [when.output, keyed.output["own.key-x"]]},
        ],
    ) << [rows, many, keyed]
    Python(task_id="argument_is_missing", python_callable=len, op_args=[rows.output["nowhere"]])
