"""What the DAGs of other styles leave out, tried all the same. In an image that has python2.7, and no Ruby."""

import datetime
import os

from airflow import DAG
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import ExternalPythonOperator, PythonOperator

try:
    from airflow.sdk import task
except ImportError:  # Airflow 2
    from airflow.decorators import task

PY2 = "/usr/local/bin/python2.7"


def old_operator():
    from airflow.providers.postgres.operators.postgres import PostgresOperator

    PostgresOperator(task_id="query", sql="SELECT 1")


def plain():
    return "ran"


def with_argument(limit):
    return limit


def with_context(ti):
    return ti.task_id


with DAG("refused", start_date=datetime.datetime(2024, 1, 1), schedule=None, default_args={"retries": 0}):
    BashOperator(task_id="ruby_in_parent", bash_command="ruby -e 'puts RUBY_VERSION'")
    PythonOperator(task_id="old_operator_in_parent", python_callable=old_operator)
    ExternalPythonOperator(task_id="python2", python=PY2, python_callable=plain, expect_airflow=False)
    ExternalPythonOperator(
        task_id="python2_with_argument",
        python=PY2,
        python_callable=with_argument,
        op_kwargs={"limit": 1},
        expect_airflow=False,
    )

    @task.external_python(python=os.path.realpath("/usr/bin/python3"), expect_airflow=False)
    def ti_in_virtualenv(ti=None):
        return ti.task_id

    @task.docker(image=os.environ["FITNESS_IMAGES"].format("data-team"), auto_remove="force", mount_tmp_dir=False)
    def function_in_container():
        return "ran"

    ti_in_virtualenv()
    function_in_container()
