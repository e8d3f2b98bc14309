"""Which Airflow the tests run on."""

from airlock_runtime.runner.versions import airflow_generation

AIRFLOW = airflow_generation()
BASH = "airflow.providers.standard.operators.bash.BashOperator"
PYTHON = "airflow.providers.standard.operators.python.PythonOperator"
