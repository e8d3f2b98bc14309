"""One task of a DAG as JSON that names no Airflow class: all that a child environment needs to run it."""
