"""Tasks that quarrel over one Python environment, each in an environment of its own.

Nothing in here says what carries them to it: container, pod or virtualenv is for Airflow's own configuration to say
(`[airlock] isolation_type`).
"""

import datetime
import platform
from importlib.metadata import version

from airflow import DAG
from airflow.providers.standard.operators.python import PythonOperator
from airlock_runtime import IsolatedOperator

from include.words import most_common

BASH = "airflow.providers.standard.operators.bash.BashOperator"
PYTHON = "airflow.providers.standard.operators.python.PythonOperator"
POSTGRES = "airflow.providers.postgres.operators.postgres.PostgresOperator"
SQL = "airflow.providers.common.sql.operators.sql.SQLExecuteQueryOperator"

TEXT = "the quick brown fox jumps over the lazy dog"


def count_words(ds, ti, limit=1, **context):
    """Imports from include/, sees the context, and reads the same to Python 2 and 3."""
    print("Counting the words of {} in {}".format(ds, ti.task_id))
    return {
        "day": ds,
        "task": "{}.{}".format(ti.dag_id, ti.task_id),
        "python": platform.python_version(),
        "most_common": most_common(TEXT, limit),
    }


def compare(ti):
    """Runs in the parent image: XComs of isolated tasks are like any others."""
    three, two = ti.xcom_pull(task_ids=["words", "words_in_python2"])
    print("Python {} and {} counted {} and {}".format(three["python"], two["python"], three, two))
    if three["most_common"] != two["most_common"]:
        raise ValueError("Python {} and {} do not agree".format(three["python"], two["python"]))
    return {"pythons": [three["python"], two["python"]], "most_common": three["most_common"]}


with DAG(
    "fitness",
    start_date=datetime.datetime(2024, 1, 1),
    schedule=None,
    catchup=False,
    tags=["airlock"],
    # `{{ installed("…") }}` is the version of a package where the template is rendered: in the task's environment.
    user_defined_macros={"installed": version},
):
    hello = IsolatedOperator(
        task_id="hello",
        environment="data-team",
        operator=BASH,
        bash_command="echo Hello from {{ ti.dag_id }}.{{ ti.task_id }} on {{ ds }}",
    )

    # 1. SQL over a connection of the parent's, with a template; in the DAG, and in a file beside it.
    select = IsolatedOperator(
        task_id="select",
        environment="data-team",
        operator=SQL,
        conn_id="warehouse",
        sql="SELECT 1, '{{ ti.dag_id }}'",
    )
    select_file = IsolatedOperator(
        task_id="select_file", environment="data-team", operator=SQL, conn_id="warehouse", sql="query.sql"
    )

    # 2. The same with an operator that the parent's provider has no more, and with one that is older still.
    query = IsolatedOperator(
        task_id="query",
        environment="data-team",
        operator=POSTGRES,
        postgres_conn_id="warehouse",
        sql="SELECT 1, '{{ ti.dag_id }}', '{{ installed('apache-airflow-providers-postgres') }}'",
    )
    query_file = IsolatedOperator(
        task_id="query_file", environment="data-team", operator=POSTGRES, postgres_conn_id="warehouse", sql="query.sql"
    )
    insert = IsolatedOperator(
        task_id="insert", environment="legacy", operator=POSTGRES, postgres_conn_id="warehouse", sql="insert.sql"
    )

    # 3. Another language, which only its own image has.
    ruby = IsolatedOperator(
        task_id="version",
        environment="ruby",
        operator=BASH,
        bash_command="ruby -e 'puts \"ruby #{RUBY_VERSION.split(%q(.)).first} in {{ ti.task_id }}\"'",
    )

    # 4. A function of this file, and 5. the same one in a Python that Airflow cannot run in.
    words = IsolatedOperator(
        task_id="words", environment="data-team", operator=PYTHON, python_callable=count_words, op_kwargs={"limit": 1}
    )
    words_in_python2 = IsolatedOperator(
        task_id="words_in_python2",
        environment="py2",
        python="python2.7",
        operator=PYTHON,
        python_callable=count_words,
        op_kwargs={"limit": 1},
    )

    # 6. An ordinary task that takes what both gave.
    [words, words_in_python2] >> PythonOperator(task_id="compare", python_callable=compare)
