"""The fitness tests by DockerOperator: a command in a container of the environment's image.

`FITNESS_IMAGES` names the images where they are not the engine's own. (Not `docker.py`, which would hide the package.)

1. SQL: in part. There is no operator in there but a command: the project's own `include.sql`. The template is
   rendered by the worker, a file by `include`. The connection goes as an environment variable, which `docker inspect`
   shows to all who reach the engine. XCom is the last line of the log, or as here a pickle: the worker loads what a
   container has written, and so trusts the image as itself.
2. Old SQL: in part. The same command with the older hook, whose version SQL templates cannot tell: they are rendered
   where the worker is.
3. Ruby: whole, as long as the result is one line.
4. Function: in part. @task.docker sends one as source with pickled arguments and no context, and does not run it in
   an image that has Airflow 3; so it is a command of the image, what it needs of the context comes as arguments, and
   an edit is a build.
5. Python 2.7: in part. The same command, and so the same limits.
6. Comparison: whole.
"""

import datetime
import os
from pathlib import Path

from airflow import DAG
from airflow.providers.docker.operators.docker import DockerOperator
from airflow.providers.standard.operators.python import PythonOperator

IMAGES = os.environ.get("FITNESS_IMAGES", "fitness/airflow/{}:latest")
DATA_TEAM, LEGACY, RUBY, PY2 = (IMAGES.format(name) for name in ("data-team", "legacy", "ruby", "py2"))

SQL = ["python", "-m", "include.sql"]
RESULT = {"retrieve_output": True, "retrieve_output_path": "/tmp/result.pickle"}
WAREHOUSE = {"AIRFLOW_CONN_WAREHOUSE": "{{ conn.warehouse.get_uri() }}"}
# The image of `legacy` has nothing of the project, so its script goes along.
INSERT = """
import sys
from importlib.metadata import version
from airflow.providers.postgres.hooks.postgres import PostgresHook

provider = version("apache-airflow-providers-postgres")
print("apache-airflow-providers-postgres", provider)
PostgresHook("warehouse").run(sys.argv[1], parameters={"provider": provider})
"""
WORDS = ["-m", "include.count_words"]
WORDS_OF = ["{{ ds }}", "{{ ti.dag_id }}.{{ ti.task_id }}", "1"]


def compare(ti):
    three, two = ti.xcom_pull(task_ids=["words", "words_in_python2"])
    if three["most_common"] != two["most_common"]:
        raise ValueError("Python {} and {} do not agree".format(three["python"], two["python"]))
    return {"pythons": [three["python"], two["python"]], "most_common": three["most_common"]}


with DAG(
    "fitness_docker",
    start_date=datetime.datetime(2024, 1, 1),
    schedule=None,
    catchup=False,
    tags=["style"],
    template_searchpath=str(Path(__file__).parents[1]),
    # Nothing is mounted, so that the engine may be on another machine.
    default_args={"auto_remove": "force", "mount_tmp_dir": False},
):
    DockerOperator(
        task_id="select",
        image=DATA_TEAM,
        entrypoint=SQL,
        command=["SELECT 1, '{{ ti.dag_id }}'"],
        environment=WAREHOUSE,
        **RESULT,
    )
    DockerOperator(
        task_id="select_file",
        image=DATA_TEAM,
        entrypoint=SQL,
        command=["{% include 'query.sql' %}"],
        environment=WAREHOUSE,
        **RESULT,
    )

    DockerOperator(
        task_id="query",
        image=DATA_TEAM,
        entrypoint=SQL,
        command=["SELECT 1, '{{ ti.dag_id }}', %(provider)s"],
        environment=WAREHOUSE,
        **RESULT,
    )
    DockerOperator(
        task_id="insert",
        image=LEGACY,
        entrypoint=["python", "-c", INSERT],
        command=["{% include 'styles/insert.sql' %}"],
        environment=WAREHOUSE,
        do_xcom_push=False,
    )

    DockerOperator(
        task_id="version",
        image=RUBY,
        entrypoint=["ruby", "-e"],
        command=["puts \"ruby #{RUBY_VERSION.split('.').first} in {{ ti.task_id }}\""],
    )

    words = DockerOperator(task_id="words", image=DATA_TEAM, entrypoint=["python", *WORDS], command=WORDS_OF, **RESULT)
    words_in_python2 = DockerOperator(
        task_id="words_in_python2", image=PY2, entrypoint=["python2.7", *WORDS], command=WORDS_OF, **RESULT
    )

    [words, words_in_python2] >> PythonOperator(task_id="compare", python_callable=compare)
