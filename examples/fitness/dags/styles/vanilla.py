"""The fitness tests without isolation: ordinary operators in the one Python environment of the parent image.

1. SQL: whole. Connection, template, file and rows as ever.
2. Old SQL: no. One environment has one version of a provider: the query runs with the parent's, whose
   PostgresOperator is gone. To have 5.14.0 the whole company must have it; 3.0.0 wants Airflow 2.
3. Ruby: no. The parent image has none; every team's system packages would go into it.
4. Function: whole. The context is Airflow's own, the import is the worker's.
5. Python 2.7: no. A function runs in Airflow's own Python.
6. Comparison: of 4. alone.
"""

import datetime
import platform
from importlib.metadata import version
from pathlib import Path

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.python import PythonOperator

from include.words import most_common

TEXT = "the quick brown fox jumps over the lazy dog"


def count_words(ds, ti, limit=1):
    print(f"Counting the words of {ds} in {ti.task_id}")
    return {
        "day": ds,
        "task": f"{ti.dag_id}.{ti.task_id}",
        "python": platform.python_version(),
        "most_common": most_common(TEXT, limit),
    }


def compare(ti):
    words = ti.xcom_pull(task_ids="words")
    return {"pythons": [words["python"]], "most_common": words["most_common"]}


with DAG(
    "fitness_vanilla",
    start_date=datetime.datetime(2024, 1, 1),
    schedule=None,
    catchup=False,
    tags=["style"],
    template_searchpath=str(Path(__file__).parents[1]),
    user_defined_macros={"installed": version},
):
    SQLExecuteQueryOperator(task_id="select", conn_id="warehouse", sql="SELECT 1, '{{ ti.dag_id }}'")
    SQLExecuteQueryOperator(task_id="select_file", conn_id="warehouse", sql="query.sql")

    SQLExecuteQueryOperator(
        task_id="query",
        conn_id="warehouse",
        sql="SELECT 1, '{{ ti.dag_id }}', '{{ installed('apache-airflow-providers-postgres') }}'",
    )

    words = PythonOperator(task_id="words", python_callable=count_words, op_kwargs={"limit": 1})
    words >> PythonOperator(task_id="compare", python_callable=compare)
