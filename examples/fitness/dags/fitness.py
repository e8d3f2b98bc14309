"""Three isolated tasks: a shell command, a Python function beside the DAG, and SQL with an older provider."""

import datetime

from airflow import DAG
from airlock_runtime import IsolatedOperator

from include.words import most_common

TEXT = "the quick brown fox jumps over the lazy dog"


def count_words(ds, ti, limit=1, **context):
    """Runs in the image of the data-team environment; imports from include/ and sees the context."""
    print(f"Counting the words of {ds} in {ti.task_id}")
    return {"day": ds, "task": f"{ti.dag_id}.{ti.task_id}", "most_common": most_common(TEXT, limit)}


with DAG("fitness", start_date=datetime.datetime(2024, 1, 1), schedule=None, catchup=False, tags=["airlock"]):
    hello = IsolatedOperator(
        task_id="hello",
        environment="data-team",
        operator="airflow.providers.standard.operators.bash.BashOperator",
        bash_command="echo Hello from {{ ti.dag_id }}.{{ ti.task_id }} on {{ ds }}",
    )

    words = IsolatedOperator(
        task_id="words",
        environment="data-team",
        operator="airflow.providers.standard.operators.python.PythonOperator",
        python_callable=count_words,
        op_kwargs={"limit": 1},
    )

    query = IsolatedOperator(
        task_id="query",
        environment="data-team",
        operator="airflow.providers.postgres.operators.postgres.PostgresOperator",
        postgres_conn_id="warehouse",
        sql="SELECT 1, '{{ ti.dag_id }}', '{{ ds }}'",
    )

    version = IsolatedOperator(
        task_id="version",
        environment="ruby",
        operator="airflow.providers.standard.operators.bash.BashOperator",
        bash_command="ruby -e 'puts \"ruby #{RUBY_VERSION.split(%q(.)).first} in {{ ti.task_id }}\"'",
    )

    hello >> words >> query
