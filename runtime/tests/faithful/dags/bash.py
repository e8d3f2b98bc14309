"""What BashOperator takes."""

from datetime import datetime, timezone

from stock import DAG, BashOperator
from way import use

ENDS = {"failed": "bad_cwd"}

Bash = use(BashOperator)

with DAG("bash", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc), params={"n": 3}) as dag:
    Bash(
        task_id="env",
        bash_command='echo "$DAY-$N-${HOME:-none}-$AIRFLOW_CTX_TASK_ID"',
        env={"DAY": "{{ ds }}", "N": "{{ params.n }}"},
    )
    Bash(
        task_id="append_env",
        bash_command='echo "$DAY-$FAITHFUL-$AIRFLOW_CTX_DAG_ID-$AIRFLOW_CTX_TRY_NUMBER"',
        env={"DAY": "{{ ds }}"},
        append_env=True,
    )
    Bash(task_id="cwd", bash_command="pwd", cwd="/usr/{{ 'lib' }}")
    Bash(task_id="bad_cwd", bash_command="pwd", cwd="/nowhere")
    Bash(task_id="processed", bash_command="echo 5", output_encoding="utf-8")
    Bash(task_id="not_pushed", bash_command="echo 5", do_xcom_push=False)
    Bash(task_id="unicode", bash_command="printf 'ü\\n\\xff\\n'")
    Bash(task_id="long", bash_command="head -c 20000 /dev/zero | tr '\\\\0' x")
    Bash(task_id="context", bash_command="env | grep AIRFLOW_CTX_ | grep -v OWNER | sort | tr '\\n' ' '")
