"""The fitness tests by KubernetesPodOperator: a command in a pod of the environment's image.

`FITNESS_IMAGES` names the images in their registry, the connection `kubernetes_default` the cluster and the namespace,
which holds a Secret `warehouse` with a key `uri`.

1. SQL: in part. There is no operator in there but a command: the project's own `include.sql`. The template is
   rendered by the worker, a file by `include`. Airflow's connection stays behind: a Kubernetes Secret is its second
   copy. The rows come back as JSON, by a file and a second container in the pod.
2. Old SQL: in part. The same command with the older hook, whose version SQL templates cannot tell: they are rendered
   where the worker is.
3. Ruby: whole, once the script writes its own result as JSON.
4. Function: in part. @task.kubernetes sends it as source with pickled arguments: it sees nothing of its module, and
   of the context what comes as templates. The result is what JSON has.
5. Python 2.7: in part. @task.kubernetes has one Python, `python`; so it is a command of the image, and an edit is a
   build.
6. Comparison: whole.
"""

import datetime
import os
from pathlib import Path

from airflow import DAG
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.secret import Secret
from airflow.providers.standard.operators.python import PythonOperator

try:
    from airflow.sdk import task
except ImportError:  # Airflow 2
    from airflow.decorators import task

IMAGES = os.environ.get("FITNESS_IMAGES", "fitness/airflow/{}:latest")
DATA_TEAM, LEGACY, RUBY, PY2 = (IMAGES.format(name) for name in ("data-team", "legacy", "ruby", "py2"))

SQL = ["python", "-m", "include.sql"]
WAREHOUSE = [Secret("env", "AIRFLOW_CONN_WAREHOUSE", "warehouse", "uri")]
# The image of `legacy` has nothing of the project, so its script goes along.
INSERT = """
import sys
from importlib.metadata import version
from airflow.providers.postgres.hooks.postgres import PostgresHook

provider = version("apache-airflow-providers-postgres")
print("apache-airflow-providers-postgres", provider)
PostgresHook("warehouse").run(sys.argv[1], parameters={"provider": provider})
"""
RUBY_SCRIPT = """
line = "ruby #{RUBY_VERSION.split('.').first} in {{ ti.task_id }}"
puts line
File.write("/airflow/xcom/return.json", line.to_json)
"""


@task.kubernetes(image=DATA_TEAM, task_id="words", do_xcom_push=True)
def count_words(day, name, limit):
    import platform

    from include.words import most_common

    print(f"Counting the words of {day} in {name}")
    return {
        "day": day,
        "task": name,
        "python": platform.python_version(),
        "most_common": most_common("the quick brown fox jumps over the lazy dog", limit),
    }


def compare(ti):
    three, two = ti.xcom_pull(task_ids=["words", "words_in_python2"])
    if three["most_common"] != two["most_common"]:
        raise ValueError("Python {} and {} do not agree".format(three["python"], two["python"]))
    return {"pythons": [three["python"], two["python"]], "most_common": three["most_common"]}


with DAG(
    "fitness_kubernetes",
    start_date=datetime.datetime(2024, 1, 1),
    schedule=None,
    catchup=False,
    tags=["style"],
    template_searchpath=str(Path(__file__).parents[1]),
    default_args={"do_xcom_push": True, "startup_check_interval_seconds": 1},
):
    KubernetesPodOperator(
        task_id="select", image=DATA_TEAM, cmds=SQL, arguments=["SELECT 1, '{{ ti.dag_id }}'"], secrets=WAREHOUSE
    )
    KubernetesPodOperator(
        task_id="select_file", image=DATA_TEAM, cmds=SQL, arguments=["{% include 'query.sql' %}"], secrets=WAREHOUSE
    )

    KubernetesPodOperator(
        task_id="query",
        image=DATA_TEAM,
        cmds=SQL,
        arguments=["SELECT 1, '{{ ti.dag_id }}', %(provider)s"],
        secrets=WAREHOUSE,
    )
    KubernetesPodOperator(
        task_id="insert",
        image=LEGACY,
        cmds=["python", "-c", INSERT],
        arguments=["{% include 'styles/insert.sql' %}"],
        secrets=WAREHOUSE,
        do_xcom_push=False,
    )

    KubernetesPodOperator(task_id="version", image=RUBY, cmds=["ruby", "-r", "json", "-e"], arguments=[RUBY_SCRIPT])

    words = count_words(day="{{ ds }}", name="{{ ti.dag_id }}.{{ ti.task_id }}", limit=1)
    words_in_python2 = KubernetesPodOperator(
        task_id="words_in_python2",
        image=PY2,
        cmds=["python2.7", "-m", "include.count_words"],
        arguments=["{{ ds }}", "{{ ti.dag_id }}.{{ ti.task_id }}", "1"],
    )

    [words, words_in_python2] >> PythonOperator(task_id="compare", python_callable=compare)
