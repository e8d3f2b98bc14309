"""Every name that a template may use, and what the objects among them hold.

The names are Airflow's own list of them; the task `keys` returns those that a context really has.
"""

from datetime import timedelta

import pendulum
from stock import DAG, GENERATION, RELEASE, Asset, Param, PythonOperator, first
from way import use

PREVIOUS = {"2024-03-07T12:30:00+00:00": "success", "2024-03-08T12:30:00+00:00": "failed"}
CONF = {"conf_key": {"deep": [1, 2]}, "overridden": 7}

Python = use(PythonOperator)
ELSEWHERE = {
    "ti",  # `instance` has its parts
    "task_instance",
    "triggering_dataset_events",  # `dag.test()` of Airflow 2 fails at it
}
known = first("KNOWN_CONTEXT_KEYS", "airflow.sdk.definitions.context", "airflow.utils.context")
if GENERATION == 2:
    SCHEDULE = "schedule_interval timetable.summary"
    RUN = (
        "conf data_interval_end data_interval_start execution_date external_trigger logical_date run_id run_type "
        "start_date end_date state dag_id clear_number queued_at creating_job_id is_backfill"
    )
    INSTANCE = (  # without `state`, which `dag.test()` of Airflow 2 leaves at "scheduled"
        "task_id dag_id run_id map_index try_number max_tries operator pool pool_slots queue priority_weight "
        "execution_date key test_mode end_date duration log_url mark_success_url hostname job_id pid unixname "
        "custom_operator_name executor_config next_method next_kwargs is_premature"
    )
    if RELEASE >= (2, 10):  # the `dag.test()` of 2.9 does not count tries, as its workers do
        INSTANCE += " next_try_number prev_attempted_tries"
else:
    SCHEDULE = "schedule"
    RUN = (
        "conf data_interval_end data_interval_start logical_date run_id run_type run_after start_date end_date "
        "dag_id clear_number consumed_asset_events"
    )
    INSTANCE = (
        "task_id dag_id run_id map_index try_number max_tries state end_date hostname is_mapped rendered_map_index"
    )
    if RELEASE >= (3, 1):
        RUN, INSTANCE = f"{RUN} state", f"{INSTANCE} log_url"
TASK = (
    "task_id dag_id owner retries retry_delay retry_exponential_backoff queue pool pool_slots priority_weight "
    "weight_rule trigger_rule task_type operator_name depends_on_past wait_for_downstream execution_timeout doc_md "
    "params upstream_task_ids downstream_task_ids start_date end_date do_xcom_push multiple_outputs inlets outlets "
    "task_display_name label email run_as_user executor_config max_active_tis_per_dag template_fields op_args "
    "task_group.group_id email_on_failure ignore_first_depends_on_past map_index_template resources"
)
OF_DAG = (
    "dag_id description owner tags timezone start_date end_date params catchup max_active_tasks max_active_runs "
    "doc_md default_args fileloc folder task_ids template_searchpath dag_display_name "
    "render_template_as_native_obj dagrun_timeout access_control user_defined_macros"
)

# `dag.test()` of 3.0 runs no task that has any
ASSETS = [] if (3, 0) <= RELEASE < (3, 1) else [Asset("s3://bucket/in"), Asset("s3://bucket/out")]


def of(holder, attributes):
    return {name.replace(".", "_"): "{{ " + f"{holder}.{name}" + " }}" for name in attributes.split()}


def keys(**context):
    return sorted(set(context))


def kinds(**context):
    """The class of each name's value."""
    return {name: type(value).__name__ for name, value in context.items()}


with DAG(
    "context",
    schedule="@daily",
    start_date=pendulum.datetime(2024, 1, 1, tz="Europe/Berlin"),
    catchup=False,
    description="Every name of the context",
    doc_md="# Context",
    tags=["b", "a"],
    default_args={"owner": "somebody", "retry_delay": timedelta(minutes=2)},
    params={"plain": 5, "overridden": 1, "typed": Param("x", type="string", description="A text")},
    max_active_runs=3,
) as dag:
    Python(task_id="keys", python_callable=keys)
    Python(task_id="kinds", python_callable=kinds)
    Python(
        task_id="names",
        python_callable=len,
        op_args=["xyz"],
        op_kwargs={},
        templates_dict={name: "{{ " + f"{name} is defined and {name}" + " }}" for name in sorted(known - ELSEWHERE)},
    )
    Python(task_id="run", python_callable=len, op_args=["x"], templates_dict=of("dag_run", RUN))
    Python(task_id="instance", python_callable=len, op_args=["x"], templates_dict=of("ti", INSTANCE))
    Python(
        task_id="same_instance",
        python_callable=len,
        op_args=["x"],
        templates_dict={"same": "{{ ti is sameas task_instance }}", "task": "{{ ti.task is sameas task }}"},
    )
    Python(
        task_id="task",
        python_callable=len,
        op_args=["x"],
        templates_dict=of("task", TASK),
        retries=2,
        doc_md="What it does",
        pool="default_pool",
        queue="default",
        priority_weight=3,
        execution_timeout=timedelta(minutes=5),
        inlets=ASSETS[:1],
        outlets=ASSETS[1:],
        params={"own": 1, "plain": 6},
    )
    Python(task_id="dag", python_callable=len, op_args=["x"], templates_dict=of("dag", f"{OF_DAG} {SCHEDULE}"))
