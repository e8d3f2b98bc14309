"""What a DAG run left in the metadata database, as texts that are the same for equal runs."""

from __future__ import annotations

import json
import os
import re
from typing import Any

from airflow.models.renderedtifields import RenderedTaskInstanceFields
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from sqlalchemy import select
from stock import GENERATION
from way import ISOLATED

from airlock_runtime.airflow.objects import neutral


def left_by(dag: Any, run: Any) -> dict[str, Any]:
    """The run's state, and of each task instance its state, tries, XComs and rendered fields."""
    of_run = {"dag_id": dag.dag_id, "run_id": run.run_id}
    with create_session() as session:
        instances = session.scalars(select(TaskInstance).filter_by(**of_run)).all()
        rendered = {
            (row.task_id, row.map_index): row.rendered_fields
            for row in session.scalars(select(RenderedTaskInstanceFields).filter_by(**of_run))
        }
        xcoms = _xcoms(session, of_run)
        return {
            "run": str(run.state),
            "asset_events": _asset_events(session, run),
            "instances": {
                f"{ti.task_id}[{ti.map_index}]" if ti.map_index >= 0 else ti.task_id: {
                    "state": str(ti.state),
                    "try_number": ti.try_number,
                    "max_tries": ti.max_tries,
                    "label": getattr(ti, "rendered_map_index", None),
                    "rendered": _fields(rendered.get((ti.task_id, ti.map_index))),
                    "xcoms": {key: one for key, (one, _) in xcoms.get((ti.task_id, ti.map_index), {}).items()},
                    "neutral": {key: one for key, (_, one) in xcoms.get((ti.task_id, ti.map_index), {}).items()},
                }
                for ti in instances
            },
        }


def _asset_events(session: Any, run: Any) -> dict[str, Any]:
    """What the run's tasks have said of assets; by task and asset."""
    if GENERATION >= 3:
        from airflow.models.asset import AssetEvent as Event
    else:
        from airflow.models.dataset import DatasetEvent as Event
    events = session.scalars(select(Event).filter_by(source_run_id=run.run_id)).all()
    return {
        f"{event.source_task_id} {(event.asset if GENERATION >= 3 else event.dataset).uri}": {
            "extra": shown(event.extra),
            "aliases": sorted(alias.name for alias in getattr(event, "source_aliases", ())),
        }
        for event in events
    }


def _fields(fields: Any) -> Any:
    """An isolated task's rendered fields are those of its inner operator; None where it has none."""
    inner = fields["rendered"] if ISOLATED and fields and fields.keys() == {"rendered"} else fields
    return json.loads(same(json.dumps(inner))) if inner else None


def _xcoms(session: Any, of_run: dict[str, str]) -> dict[tuple[str, int], dict[str, tuple[Any, Any]]]:
    found: dict[tuple[str, int], dict[str, tuple[Any, Any]]] = {}
    if GENERATION >= 3:
        from airflow.models.xcom import XComModel as Model
        from airflow.sdk.execution_time.xcom import XCom
    else:
        from airflow.models.xcom import BaseXCom as Model
        from airflow.models.xcom import XCom
    columns = Model.task_id, Model.map_index, Model.key, Model.value  # whole rows come with their value parsed on 2
    for row in session.execute(select(*columns).filter_by(**of_run)):
        found.setdefault((row.task_id, row.map_index), {})[row.key] = _pulled(XCom, row)
    return found


def _pulled(backend: Any, row: Any) -> tuple[Any, Any]:
    """A value with its types, and as the runner would tell it."""
    try:
        value = backend.deserialize_value(row)
        return shown(value), json.loads(same(json.dumps(neutral(value))))
    except Exception as error:  # stored all the same: an object of a class that is not allowed, a zone without a name
        return (f"{type(error).__name__} of {row.value!r}",) * 2


_HOME = os.environ["FAITHFUL_HOME"]
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_OBJECT = re.compile(r"\b(ti_id|_session)=(<[^>]+>|[0-9a-f-]{36})")


def shown(value: Any) -> Any:
    """A value with its types as JSON."""
    if value is None or type(value) is bool:
        return value
    if type(value) is str:
        return same(value)
    kind = type(value).__name__
    if isinstance(value, dict):
        return {"dict" if kind == "dict" else kind: {str(shown(key)): shown(part) for key, part in value.items()}}
    if isinstance(value, (list, tuple)):
        return {kind: [shown(part) for part in value]}
    if isinstance(value, (set, frozenset)):
        return {kind: sorted(map(str, map(shown, value)))}
    return f"{type(value).__module__}.{kind}: {same(repr(value))}"


def same(text: str) -> str:
    """A text without what differs from process to process, and from home to home."""
    return _OBJECT.sub(r"\1", _ADDRESS.sub("", text)).replace(_HOME, "$HOME")
