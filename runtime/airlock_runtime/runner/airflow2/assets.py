"""Datasets, as Airflow 2 calls assets: what happened to them is asked for, what a task says of them is told.

Contract: events are Airflow's own `DatasetEvent` and `DatasetModel`, which were never in a database.
"""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from airlock_runtime.airflow.assets import event_values
from airlock_runtime.runner.airflow2.world import World


def patch(world: World) -> None:
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils import context

    def events_of(self: Any, key: Any) -> list[Any]:
        inlet = self._inlets[key] if isinstance(key, int) else key
        if world.answers is None:
            return []
        return [dataset_event(facts) for facts in world.answers.asset_events(_named(inlet))]

    def tell_changes(self: Any, *, session: Any = None, events: Any = None) -> None:
        for key, accessor in getattr(events, "_dict", {}).items():
            _tell(world, key, accessor)

    if hasattr(context, "InletEventsAccessors"):
        context.InletEventsAccessors.__getitem__ = events_of
    TaskInstance._register_dataset_changes = tell_changes


def _named(inlet: Any) -> dict[str, Any]:
    """A dataset, its URI as a text, or an alias."""
    if isinstance(inlet, str):
        return {"uri": inlet}
    uri = getattr(inlet, "uri", None)
    return {"uri": uri} if uri else {"alias": inlet.name}


def _tell(world: World, key: str, accessor: Any) -> None:
    if world.events is None:
        return
    named = _named(getattr(accessor, "raw_key", key))  # 2.9 has the URI alone
    if "uri" in named:
        world.events.outlet_event(named, accessor.extra)
    for event in getattr(accessor, "dataset_alias_events", ()):
        dataset = {"uri": event["dest_dataset_uri"]}
        world.events.outlet_event(dataset, event["extra"], event["source_alias_name"])


def dataset_event(facts: Mapping[str, Any]) -> Any:
    """Airflow's record of what happened to a dataset."""
    from airflow.models.dataset import DatasetEvent, DatasetModel
    from sqlalchemy.orm.attributes import set_committed_value

    values = event_values(facts)
    columns = DatasetEvent.__mapper__.column_attrs
    event = DatasetEvent(**{name: value for name, value in values.items() if name in columns})
    event.timestamp = _moment(values.get("timestamp"))
    dataset = DatasetModel(uri=values["asset"]["uri"], extra=values["asset"]["extra"])
    set_committed_value(event, "dataset", dataset)
    return event


def set_consumed(dag_run: Any, events: Iterable[Mapping[str, Any]]) -> None:
    """The events that started a run."""
    from sqlalchemy.orm.attributes import set_committed_value

    set_committed_value(dag_run, "consumed_dataset_events", [dataset_event(facts) for facts in events])


def _moment(text: str | None) -> Any:
    import pendulum

    return None if text is None else pendulum.parse(text)
