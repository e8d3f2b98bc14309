"""The task instance and its DAG run, as Airflow 3's API server would describe them to a worker."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from typing import Any

from airlock_runtime.runner.airflow3.assets import consumed
from airlock_runtime.runner.airflow3.models import fill
from airlock_runtime.runner.request import Execution, Run
from airlock_runtime.wire.values import decode


def runtime_instance(execution: Execution, task: Any, resume: tuple[str, Any] | None) -> Any:
    """Airflow's `RuntimeTaskInstance`.

    :param resume: the method that a deferred task goes on with, and its serialized keyword arguments
    """
    from airflow.sdk.api.datamodels import _generated as generated
    from airflow.sdk.execution_time import comms, task_runner

    run, now = execution.run, datetime.now(timezone.utc)
    started = run.instance.get("start_date")
    context = _run_context(generated, run, resume)
    _supply_map_indexes(generated, context, task)
    described = fill(
        getattr(generated, "TaskInstance", None) or comms.TaskInstance,
        id=uuid.UUID(run.instance["id"]) if "id" in run.instance else uuid.uuid4(),
        task_id=task.task_id,
        dag_id=run.dag_id,
        run_id=run.run_id,
        try_number=run.try_number,
        map_index=run.map_index,
        dag_version_id=run.instance.get("dag_version_id") or uuid.uuid4(),
        queue="default",
    )
    model = task_runner.RuntimeTaskInstance
    more: dict[str, Any] = {}
    if hasattr(generated, "TaskInstanceState"):  # 3.0.0 has none
        more["state"] = generated.TaskInstanceState.RUNNING
    if "sentry_integration" in model.model_fields:  # 3.2 and later
        more["sentry_integration"] = ""
    instance = model.model_construct(
        **described.model_dump(exclude_unset=True),
        task=task,
        bundle_instance=None,
        _ti_context_from_server=context,
        max_tries=run.max_tries,
        start_date=datetime.fromisoformat(started) if started else now,
        **more,
    )
    if "log_url" in model.model_fields:  # 3.0: a field; later a property
        instance.log_url = task_runner.get_log_url_from_ti(instance)
    return instance


def _run_context(generated: Any, run: Run, resume: tuple[str, Any] | None) -> Any:
    dates = ("logical_date", "data_interval_start", "data_interval_end", "run_after", "start_date")
    facts: dict[str, Any] = {
        "clear_number": 0,
        **decode(dict(run.details)),
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "run_type": run.run_type,
        "conf": decode(dict(run.conf)),
        "consumed_asset_events": [consumed(generated, dict(event)) for event in run.asset_events],
        "state": "running",
        **{name: _iso(getattr(run, name)) for name in dates},
    }
    dag_run = fill(generated.DagRun, **facts)
    method, kwargs = resume or (None, None)
    return fill(
        generated.TIRunContext,
        dag_run=dag_run,
        max_tries=run.max_tries,
        task_reschedule_count=1 if run.first_start_date else 0,
        variables=[],
        connections=[],
        next_method=method,
        next_kwargs=kwargs,
        xcom_keys_to_clear=[],
        should_retry=run.try_number <= run.max_tries,
    )


def _iso(moment: datetime | None) -> str | None:
    """As it comes from the server: the zone that is made of it shows as the same then."""
    return None if moment is None else moment.isoformat()


def _supply_map_indexes(generated: Any, context: Any, task: Any) -> None:
    """3.0 and 3.1 have the server say which instances of each upstream task are meant: here none is mapped."""
    if "upstream_map_indexes" in generated.TIRunContext.model_fields and context.upstream_map_indexes is None:
        context.upstream_map_indexes = dict.fromkeys(task.upstream_task_ids)
