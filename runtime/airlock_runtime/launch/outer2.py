"""The outer task on Airflow 2, which has the metadata database at hand."""

from __future__ import annotations

import json
from typing import Any, Mapping

from airlock_runtime.airflow import assets
from airlock_runtime.airflow.classes import airflow_classes
from airlock_runtime.airflow.masker import redactor
from airlock_runtime.launch.outer import Outer
from airlock_runtime.wire.values import encode


class Outer2(Outer):
    def _get_connection(self, conn_id: str) -> Any:
        from airflow.hooks.base import BaseHook

        return BaseHook.get_connection(conn_id)

    def variable(self, key: str) -> str | None:
        from airflow.models import Variable

        value = Variable.get(key, default_var=None)
        return None if value is None else str(value)

    def set_variable(self, key: str, value: str) -> None:
        from airflow.models import Variable

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
        from airflow.models.xcom import XCom
        from airflow.utils.session import create_session

        with create_session() as session:
            found = XCom.get_many(
                key=key,
                dag_ids=dag_id,
                run_id=run_id,
                task_ids=task_id,
                map_indexes=map_index,
                include_prior_dates=include_prior_dates,
                session=session,
            )
            # Whole rows come with their value parsed. The newest is the first.
            rows = found.with_entities(XCom.run_id, XCom.task_id, XCom.map_index, XCom.value).all()
            return [
                {"map_index": row.map_index, "value": self._value(row)}
                for row in rows
                if (row.run_id, row.task_id) == (rows[0].run_id, rows[0].task_id)
            ]

    def _value(self, row: Any) -> Any:
        from airflow.models.xcom import XCom

        try:
            value = XCom.deserialize_value(row)
        except ImportError:  # an object that may not be made out here travels as it is stored
            return encode(json.loads(row.value))
        return self.told(value)

    def push_stored(self, key: str, stored: Any) -> None:
        from airflow.models.xcom import XCom
        from airflow.utils.session import create_session

        ti = self._instance
        names = {"dag_id": ti.dag_id, "task_id": ti.task_id, "run_id": ti.run_id, "map_index": ti.map_index}
        value = json.dumps(stored).encode()
        with create_session() as session:
            XCom.clear(dag_id=ti.dag_id, task_id=ti.task_id, run_id=ti.run_id, map_index=ti.map_index, session=session)
            session.add(XCom(dag_run_id=ti.get_dagrun(session).id, key=key, value=value, **names))

    def asset_events(self, asset: Mapping[str, Any], filters: Mapping[str, Any]) -> list[dict[str, Any]]:
        from airflow.utils.context import InletEventsAccessors
        from airflow.utils.session import create_session

        key = assets.named(asset, airflow_classes())
        with create_session() as session:
            return [assets.event_facts(event) for event in InletEventsAccessors([key], session=session)[key]]

    def asset(self, asset: Mapping[str, Any]) -> dict[str, Any] | None:
        return dict(asset)

    def keep_rendered(self, fields: dict[str, Any]) -> None:
        from airflow.models.renderedtifields import RenderedTaskInstanceFields
        from airflow.utils.session import create_session

        stored = RenderedTaskInstanceFields(self._instance, render_templates=False)
        stored.rendered_fields = {"rendered": redactor()(fields)}
        with create_session() as session:
            stored.write(session)

    def skip(self, tasks: list[tuple[str, int]]) -> None:
        from airflow.models.skipmixin import SkipMixin
        from airflow.utils.session import create_session

        mapped = any(map_index >= 0 for _, map_index in tasks)
        with create_session() as session:
            SkipMixin()._set_state_to_skipped(  # a method in 2.9, of no state
                self._context["dag_run"], tasks if mapped else [task_id for task_id, _ in tasks], session
            )
