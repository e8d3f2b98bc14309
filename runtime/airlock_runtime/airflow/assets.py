"""Assets, which Airflow 2 calls datasets: as JSON that names no class, and back.

Contract: tags `$asset`, `$asset_alias` and `$asset_ref` (contract/README.md); events by Airflow 3's names. Airflow 2
knows an asset by its URI alone, and 2.9 knows no aliases.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Callable, Mapping

from airlock_runtime.airflow.classes import Classes
from airlock_runtime.airflow.versions import airflow_generation
from airlock_runtime.wire.values import NotDecodable, decode, encode

_OF_ASSET = ("name", "uri", "group", "extra")
_OF_EVENT = ("id", "timestamp", "extra", "source_task_id", "source_dag_id", "source_run_id", "source_map_index")


def described(value: Any, classes: Classes) -> dict[str, Any] | None:
    """What is an asset, an alias or a reference to an asset as tagged JSON; None for anything else."""
    if isinstance(value, classes.asset):
        return {"$asset": _fields(value, _OF_ASSET)}
    if classes.asset_alias is not None and isinstance(value, classes.asset_alias):
        return {"$asset_alias": _fields(value, ("name", "group"))}
    if isinstance(value, classes.asset_refs):
        return {"$asset_ref": _fields(value, ("name", "uri"))}
    return None


def tags(classes: Classes) -> dict[str, Callable[[Any], Any]]:
    """What makes them again."""
    return {
        "$asset": lambda fields: asset_of(fields, classes),
        "$asset_alias": lambda fields: _alias(fields["name"], classes),
        "$asset_ref": lambda fields: _reference(fields, classes),
    }


def asset_of(fields: Mapping[str, Any], classes: Classes) -> Any:
    """This Airflow's object of that asset."""
    name, uri = fields.get("name"), fields.get("uri")
    extra = decode(fields.get("extra"))
    if airflow_generation() == 2:
        return classes.asset(uri=uri or name, extra=extra or None)
    group = fields.get("group")
    return classes.asset(name=name or uri, uri=uri or name, extra=extra or {}, **({"group": group} if group else {}))


def named(asset: Mapping[str, Any], classes: Classes) -> Any:
    """The object that the contract's `assetName` means: an alias, an asset, or a reference to one."""
    if asset.get("alias"):
        return _alias(asset["alias"], classes)
    if asset.get("name") and asset.get("uri"):
        return asset_of(asset, classes)
    return _reference(asset, classes)


def event_facts(event: Any) -> dict[str, Any]:
    """What happened to an asset, of either Airflow's own object."""
    asset = getattr(event, "asset", None) or getattr(event, "dataset", None)
    facts = _fields(event, _OF_EVENT)
    aliases = [alias.name for alias in getattr(event, "source_aliases", None) or ()]
    return {**facts, "asset": _fields(asset, _OF_ASSET), "source_aliases": aliases}


def event_values(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The values of such facts; what Airflow 3 requires beside them is there, too."""
    values: dict[str, Any] = decode(dict(facts))
    asset = values["asset"]
    return {
        **values,
        "extra": values.get("extra") or {},
        "asset": {
            "name": asset.get("name") or asset.get("uri"),
            "uri": asset.get("uri") or asset.get("name"),
            "group": asset.get("group") or "asset",
            "extra": asset.get("extra") or {},
        },
        "source_aliases": [{"name": name} for name in values.get("source_aliases") or ()],
        "created_dagruns": [],
    }


def _fields(holder: Any, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(holder, name, None) for name in names}
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else encode(value)


def _alias(name: str, classes: Classes) -> Any:
    if classes.asset_alias is None:
        raise NotDecodable(f"The Airflow of this image knows no aliases of datasets, such as {name!r}")
    return classes.asset_alias(name=name)


def _reference(fields: Mapping[str, Any], classes: Classes) -> Any:
    if not classes.asset_refs:
        return asset_of(fields, classes)
    by_name, by_uri = classes.asset_refs
    return by_name(name=fields["name"]) if fields.get("name") else by_uri(uri=fields["uri"])
