"""The outer task on Airflow 3, which talks to its supervisor through the task SDK."""

from __future__ import annotations

from typing import Any, Mapping

from airlock_runtime.airflow import assets
from airlock_runtime.airflow.classes import airflow_classes
from airlock_runtime.airflow.masker import redactor
from airlock_runtime.launch.errors import IsolationError
from airlock_runtime.launch.facts import earlier_run
from airlock_runtime.launch.outer import Outer
from airlock_runtime.wire.values import encode


class Outer3(Outer):
    """:raises IsolationError: there is no supervisor to talk to"""

    def __init__(self, context: Any, allow_pickle: bool) -> None:
        from airflow.sdk.execution_time import task_runner

        if not hasattr(task_runner, "SUPERVISOR_COMMS"):
            raise IsolationError(
                f"{context['ti'].task_id}: it runs without a supervisor, which an isolated task asks for connections, "
                "variables and XComs. dag.test() of Airflow 3.0.0 and 3.0.1 runs tasks so: use 3.0.2 or later for it"
            )
        super().__init__(context, allow_pickle)

    def _get_connection(self, conn_id: str) -> Any:
        try:
            from airflow.sdk import BaseHook
        except ImportError:  # 3.0
            from airflow.hooks.base import BaseHook

        return BaseHook.get_connection(conn_id)

    def previous_run(self, state: str | None) -> dict[str, Any] | None:
        if hasattr(self._instance, "get_previous_dagrun"):
            return super().previous_run(state)
        # 3.0 tells the last successful one alone, and asks for no other
        from airflow.sdk.execution_time.context import get_previous_dagrun_success

        run = get_previous_dagrun_success(self._instance.id)
        return earlier_run(run) if run.start_date else None

    def variable(self, key: str) -> str | None:
        from airflow.sdk import Variable

        value = Variable.get(key, default=None)
        return None if value is None else str(value)

    def set_variable(self, key: str, value: str) -> None:
        from airflow.sdk import Variable

        Variable.set(key, value)

    def xcom(
        self,
        dag_id: str,
        run_id: str,
        task_id: str | None,
        key: str,
        include_prior_dates: bool = False,
        map_index: int | None = None,
    ) -> list[dict[str, Any]]:
        if task_id is None:
            raise ValueError("Airflow 3 has no XCom of just any task: give the id of the task that pushes it")
        names: dict[str, Any] = {"key": key, "dag_id": dag_id, "run_id": run_id, "task_id": task_id}
        if include_prior_dates:
            names["include_prior_dates"] = True
        if map_index is not None:
            value = self._value({**names, "map_index": map_index})
            return [] if value is None else [{"map_index": map_index, "value": value}]
        upstream = self._mapped_task(dag_id, run_id, task_id)
        if upstream is None and not include_prior_dates:
            value = self._value(names)
            return [] if value is None else [{"map_index": -1, "value": value}]
        values = self._values(upstream, names)
        return [{"map_index": index, "value": self.told(value)} for index, value in enumerate(values)]

    def _values(self, upstream: Any, names: dict[str, Any]) -> Any:
        from airflow.sdk.execution_time.xcom import XCom

        if hasattr(XCom, "get_all"):
            return XCom.get_all(**names) or ()
        from airflow.sdk import XComArg  # 3.0
        from airflow.sdk.execution_time.lazy_sequence import LazyXComSequence

        return LazyXComSequence(xcom_arg=XComArg(upstream, names["key"]), ti=self._instance)

    def _mapped_task(self, dag_id: str, run_id: str, task_id: str) -> Any:
        """The task, where it has several instances in this run: the server does not tell that apart."""
        if (dag_id, run_id) != (self._instance.dag_id, self._instance.run_id):
            return None
        task = self._context["task"].dag.task_dict.get(task_id)
        if task is None:
            return None
        mapped = task.is_mapped or next(iter(task.iter_mapped_task_groups()), None) is not None
        return task if mapped else None

    def _value(self, names: dict[str, Any]) -> Any:
        from airflow.sdk.execution_time.xcom import XCom

        try:
            value = XCom.get_one(**names)
        except ImportError:  # an object that may not be made out here travels as it is stored
            names.pop("include_prior_dates", None)
            return encode(XCom._get_xcom_db_ref(**names).value)
        return None if value is None else self.told(value)

    def push_stored(self, key: str, stored: Any) -> None:
        from airflow.sdk.execution_time.xcom import XCom

        ti = self._instance
        XCom._set_xcom_in_db(
            key=key, value=stored, dag_id=ti.dag_id, task_id=ti.task_id, run_id=ti.run_id, map_index=ti.map_index
        )

    def asset_events(self, asset: Mapping[str, Any], filters: Mapping[str, Any]) -> list[dict[str, Any]]:
        from airflow.sdk.execution_time.context import InletEventsAccessors

        key = assets.named(asset, airflow_classes())
        events = InletEventsAccessors([key])[key]
        for name, value in filters.items():
            events = getattr(events, name)(value)  # 3.1 and later
        return [assets.event_facts(event) for event in events]

    def asset(self, asset: Mapping[str, Any]) -> dict[str, Any] | None:
        from airflow.sdk.execution_time.context import OutletEventAccessors

        found = OutletEventAccessors._get_asset_from_db(**{name: asset.get(name) for name in ("name", "uri")})
        fields: dict[str, Any] = (assets.described(found, airflow_classes()) or {})["$asset"]
        return fields

    def keep_rendered(self, fields: dict[str, Any]) -> None:
        from airflow.sdk.execution_time import comms, task_runner

        message = comms.SetRenderedFields(rendered_fields={"rendered": redactor()(fields)})
        supervisor = task_runner.SUPERVISOR_COMMS
        if hasattr(supervisor, "send"):
            supervisor.send(message)
        else:  # 3.0.0 to 3.0.2, which gives its logger's methods keyword arguments
            import structlog

            supervisor.send_request(structlog.get_logger(), message)

    def skip(self, tasks: list[tuple[str, int]]) -> None:
        """:raises DownstreamTasksSkipped: which is how a task of Airflow 3 does it"""
        try:
            from airflow.sdk.exceptions import DownstreamTasksSkipped
        except ImportError:
            from airflow.exceptions import DownstreamTasksSkipped  # 3.0

        raise DownstreamTasksSkipped(tasks=[task_id if index < 0 else (task_id, index) for task_id, index in tasks])
