"""Runs the DAG of a file by `dag.test()`, and writes what Airflow's database then has of it as JSON.

python test_dag.py <dag file> <result file>

AIRLOCK_TEST_EXECUTOR=yes: each task in a process of its own, by Airflow's executor, as in production (Airflow 3).
"""

import datetime
import inspect
import json
import os
import sqlite3
import sys

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models.dagbag import DagBag

DAY = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)


def main(dag_file, result_file):
    bag = DagBag(dag_file)
    if bag.import_errors:
        sys.exit("\n".join(bag.import_errors.values()))
    (dag,) = bag.dags.values()
    date = "logical_date" if "logical_date" in inspect.signature(dag.test).parameters else "execution_date"
    executor = {"use_executor": True} if os.environ.get("AIRLOCK_TEST_EXECUTOR") else {}
    run = dag.test(**{date: DAY}, **executor)
    with open(result_file, "w") as file:
        json.dump({"runId": run.run_id, "tasks": tasks_of(dag.dag_id, run.run_id)}, file)


def tasks_of(dag_id, run_id):
    """Each task instance, from the tables themselves: what users would see is in there."""
    database = sqlite3.connect(os.path.join(os.environ["AIRFLOW_HOME"], "airflow.db"))
    where = " WHERE dag_id = ? AND run_id = ?"
    tasks = {}
    query = "SELECT task_id, map_index, state, try_number FROM task_instance"
    for task_id, index, state, tries in database.execute(query + where, (dag_id, run_id)):
        tasks[name_of(task_id, index)] = {"state": state, "tries": tries, "rendered": {}, "xcoms": {}}
    query = "SELECT task_id, map_index, rendered_fields FROM rendered_task_instance_fields"
    for task_id, index, fields in database.execute(query + where, (dag_id, run_id)):
        tasks[name_of(task_id, index)]["rendered"] = json.loads(fields)
    query = "SELECT task_id, map_index, key, value FROM xcom"
    for task_id, index, key, value in database.execute(query + where, (dag_id, run_id)):
        # A number in a column of JSON is one to SQLite, too.
        known = json.loads(value, object_hook=plain) if isinstance(value, (str, bytes)) else value
        tasks[name_of(task_id, index)]["xcoms"][key] = known
    return tasks


def name_of(task_id, index):
    return task_id if index < 0 else f"{task_id}[{index}]"


def plain(value):
    """A tuple, which Airflow 3 keeps as one, as the list that JSON has for it."""
    return value["__data__"] if value.get("__classname__") == "builtins.tuple" else value


main(*sys.argv[1:])
