"""Trigger rules, groups, setup and teardown, ids."""

from datetime import datetime, timezone

from stock import DAG, BashOperator, EmptyOperator, PythonOperator, TaskGroup
from way import use

ENDS = {"failed": "fails work_fails", "upstream_failed": "upstream_failed", "skipped": "skipped_by_rule"}

Bash = use(BashOperator)


with DAG("rules-of.a_dag", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:
    fails = Bash(task_id="fails", bash_command="exit 1")
    succeeds = EmptyOperator(task_id="succeeds")
    [fails, succeeds] >> Bash(task_id="all_done", bash_command="echo {{ task.trigger_rule }}", trigger_rule="all_done")
    [fails, succeeds] >> Bash(task_id="one_failed", bash_command="echo {{ ds }}", trigger_rule="one_failed")
    fails >> Bash(task_id="upstream_failed", bash_command="echo")
    succeeds >> Bash(task_id="skipped_by_rule", bash_command="echo", trigger_rule="all_failed")

    with TaskGroup("group", default_args={"retries": 2}):
        with TaskGroup("inner-group", prefix_group_id=False):
            use(PythonOperator)(task_id="with-dash.dot", python_callable=lambda ti: ti.task_id)
        Bash(task_id="of_group", bash_command="echo {{ task.task_id }} {{ task.retries }} {{ task.label }}")

    start = Bash(task_id="start", bash_command="echo started").as_setup()
    stop = Bash(task_id="stop", bash_command="echo {{ ti.xcom_pull(task_ids='start') }}").as_teardown(setups=start)
    start >> Bash(task_id="work_fails", bash_command="exit 1") >> stop
