"""Assets, which Airflow 2 calls datasets: what tasks say of them, and read of them."""

from datetime import datetime, timezone

from stock import DAG, GENERATION, Asset, PythonOperator
from way import use

SINCE = "2.10"
ENDS = {"failed on 3.0": "writes", "upstream_failed on 3.0": "reads"}

Python = use(PythonOperator)

orders = Asset("s3://shop/orders")
bills = Asset("s3://shop/bills", extra={"owner": "shop"})


def write(outlet_events):
    outlet_events[orders].extra.update(rows=12, parts=[1, 2])
    return len(outlet_events)


def read(inlet_events, inlets, outlets):
    last = inlet_events[orders][-1]
    return {
        "extras": [event.extra for event in inlet_events[orders]],
        "by_place": len(inlet_events[0]),
        "source": [last.source_task_id, last.source_dag_id, last.source_run_id, last.source_map_index],
        "asset": last.uri if GENERATION == 2 else last.asset.uri,
        "bills": [event.extra for event in inlet_events[bills]],
        "kinds": [type(each).__name__ for each in (*inlets, *outlets)],
    }


with DAG("assets", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:
    write = Python(task_id="writes", python_callable=write, outlets=[orders, bills])
    write >> Python(
        task_id="reads",
        python_callable=read,
        inlets=[orders, bills],
        outlets=[bills],
        templates_dict={
            "last": "{{ inlet_events[inlets[0]][-1].extra }}",
            "inlets": "{{ inlets | map(attribute='uri') | list }}",
            "outlets": "{{ outlets[0].uri }}",
        },
    )
