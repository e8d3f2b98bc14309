"""The fitness tests by ExternalPythonOperator: functions in virtualenvs that the parent image has beside Airflow's own.

Lines like these of the parent's Dockerfile make them (the example's own does without):

    RUN python -m venv /opt/airflow/virtualenvs/data-team \\
     && /opt/airflow/virtualenvs/data-team/bin/pip install apache-airflow==… apache-airflow-providers-postgres==5.14.0

1. SQL: in part. It runs functions, not operators: the rows come of a hook, the template and the file by `op_kwargs`.
2. Old SQL: in part. The same with the older hook; its connection is known where the virtualenv has the very Airflow
   of the worker. To an older Airflow (3.0.0 wants Airflow 2) it goes as an argument, and so to a temporary file.
3. Ruby: no. A virtualenv holds Python packages; system packages go into the parent image.
4. Function: in part. It is sent as source, so it sees nothing of its module: imports stand inside it. The context is
   what can be pickled: `ds` is there, `ti` is not, and comes as templates.
5. Python 2.7: no. What is sent begins `from __future__ import annotations`, and no argument goes to another major
   version.
6. Comparison: of 4. alone.
"""

import datetime
from pathlib import Path

from airflow import DAG
from airflow.providers.standard.operators.python import ExternalPythonOperator, PythonOperator

DATA_TEAM, LEGACY = (f"/opt/airflow/virtualenvs/{name}/bin/python" for name in ("data-team", "legacy"))

SELECT = "SELECT 1, '{{ ti.dag_id }}'"


def fetch(sql):
    from importlib.metadata import version

    from airflow.providers.postgres.hooks.postgres import PostgresHook

    provider = version("apache-airflow-providers-postgres")
    print("apache-airflow-providers-postgres", provider)
    rows = PostgresHook("warehouse").get_records(sql, parameters={"provider": provider})
    return [list(row) for row in rows]


def insert(sql, warehouse):
    import os
    from importlib.metadata import version

    os.environ["AIRFLOW_CONN_WAREHOUSE"] = warehouse
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    provider = version("apache-airflow-providers-postgres")
    print("apache-airflow-providers-postgres", provider)
    PostgresHook("warehouse").run(sql, parameters={"provider": provider})


def count_words(ds, name, limit=1):
    import platform

    from include.words import most_common

    print(f"Counting the words of {ds} in {name}")
    return {
        "day": ds,
        "task": name,
        "python": platform.python_version(),
        "most_common": most_common("the quick brown fox jumps over the lazy dog", limit),
    }


def compare(ti):
    words = ti.xcom_pull(task_ids="words")
    return {"pythons": [words["python"]], "most_common": words["most_common"]}


with DAG(
    "fitness_external_python",
    start_date=datetime.datetime(2024, 1, 1),
    schedule=None,
    catchup=False,
    tags=["style"],
    template_searchpath=str(Path(__file__).parents[1]),
):
    ExternalPythonOperator(task_id="select", python=DATA_TEAM, python_callable=fetch, op_kwargs={"sql": SELECT})
    ExternalPythonOperator(
        task_id="select_file",
        python=DATA_TEAM,
        python_callable=fetch,
        op_kwargs={"sql": "query.sql"},
        templates_exts=[".sql"],
    )

    ExternalPythonOperator(
        task_id="query", python=DATA_TEAM, python_callable=fetch, op_kwargs={"sql": SELECT + ", %(provider)s"}
    )
    ExternalPythonOperator(
        task_id="insert",
        python=LEGACY,
        python_callable=insert,
        op_kwargs={"sql": "styles/insert.sql", "warehouse": "{{ conn.warehouse.get_uri() }}"},
        templates_exts=[".sql"],
        # An Airflow 2 must not read the settings of a worker of Airflow 3.
        expect_airflow=False,
        inherit_env=False,
        env_vars={"AIRFLOW_HOME": "/tmp/legacy"},
    )

    words = ExternalPythonOperator(
        task_id="words",
        python=DATA_TEAM,
        python_callable=count_words,
        op_kwargs={"name": "{{ ti.dag_id }}.{{ ti.task_id }}", "limit": 1},
    )
    words >> PythonOperator(task_id="compare", python_callable=compare)
