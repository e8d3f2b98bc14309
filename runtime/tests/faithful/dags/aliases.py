"""Aliases of assets, which Airflow 2.9 does not have; and what a function yields of assets."""

from datetime import datetime, timezone

from stock import DAG, GENERATION, Asset, PythonOperator, first
from way import task, use

SINCE = "2.10"
ENDS = {"failed on 3.0": "yields"}

AssetAlias = first("AssetAlias", "airflow.sdk") if GENERATION >= 3 else first("DatasetAlias", "airflow.datasets")
Metadata = first("Metadata", "airflow.sdk" if GENERATION >= 3 else "airflow.datasets.metadata")

with DAG("aliases", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:
    shop = AssetAlias("shop")

    def add(outlet_events):
        outlet_events[shop].add(Asset("s3://shop/added"), extra={"k": "v"})

    added = use(PythonOperator)(task_id="adds", python_callable=add, outlets=[shop])

    @task(task_id="yields", outlets=[Asset("s3://shop/yielded")])
    def yields():
        yield Metadata(Asset("s3://shop/yielded"), {"rows": 3})

    def read(inlet_events):
        return [event.extra for event in inlet_events[shop]]

    added >> use(PythonOperator)(task_id="reads", python_callable=read, inlets=[shop])
    yields()
