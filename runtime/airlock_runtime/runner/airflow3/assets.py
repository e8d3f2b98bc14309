"""What Airflow 3's tasks say and ask of assets, part of what stands in for their supervisor."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from airlock_runtime.airflow.assets import event_values
from airlock_runtime.runner.airflow3.models import fill
from airlock_runtime.runner.answers import Answers
from airlock_runtime.runner.events import Events


class AssetMessages:
    """A part of `Comms`, whose attributes these are."""

    _comms: Any
    _answers: Answers
    _events: Events | None
    untold: Exception | None = None
    """Why what was said of an asset could not be told: Airflow only logs it, and takes the task for a success."""

    def _on_SucceedTask(self, msg: Any) -> Any:
        self._tell_map_index(msg)
        try:
            self._tell_outlet_events(getattr(msg, "outlet_events", None) or ())
        except Exception as error:
            self.untold = error
            raise
        return self._ok()

    def _tell_outlet_events(self, outlet_events: Iterable[Mapping[str, Any]]) -> None:
        for event in outlet_events:
            if self._events:
                self._events.outlet_event(
                    event["dest_asset_key"],
                    event.get("extra") or {},
                    event.get("source_alias_name"),
                    event.get("partition_key"),
                )

    def _on_GetAssetEventByAsset(self, msg: Any) -> Any:
        return self._asset_events({"name": msg.name, "uri": msg.uri}, msg)

    def _on_GetAssetEventByAssetAlias(self, msg: Any) -> Any:
        return self._asset_events({"alias": msg.alias_name}, msg)

    def _on_GetAssetByName(self, msg: Any) -> Any:
        return self._asset({"name": msg.name})

    def _on_GetAssetByUri(self, msg: Any) -> Any:
        return self._asset({"uri": msg.uri})

    def _on_GetAssetsByAlias(self, msg: Any) -> Any:
        """Only the state store of assets wants to know, which is refused."""
        return self._comms.AssetsByAliasResult(assets=[])

    def _on_ValidateInletsAndOutlets(self, msg: Any) -> Any:
        """The outer task's have been validated."""
        return self._comms.InactiveAssetsResult(inactive_assets=[])

    def _asset_events(self, asset: dict[str, Any], msg: Any) -> Any:
        from airflow.sdk.api.datamodels import _generated as generated

        moments = {name: getattr(msg, name, None) for name in ("after", "before")}
        filters = {name: None if value is None else value.isoformat() for name, value in moments.items()}
        filters["limit"] = getattr(msg, "limit", None)
        filters["ascending"] = None if getattr(msg, "ascending", True) else False
        found = self._answers.asset_events(asset, **filters)
        return self._comms.AssetEventsResult(asset_events=[_event(generated, facts) for facts in found])

    def _asset(self, asset: dict[str, Any]) -> Any:
        found = self._answers.asset(asset)
        if found is None:
            return self._error("ASSET_NOT_FOUND", **asset)
        return fill(self._comms.AssetResult, **found)

    def _ok(self) -> Any:
        raise NotImplementedError

    def _error(self, kind: str, **detail: Any) -> Any:
        raise NotImplementedError

    def _tell_map_index(self, msg: Any) -> None:
        raise NotImplementedError


def consumed(generated: Any, facts: dict[str, Any]) -> Any:
    """An event that started the run (`DagRun.consumed_asset_events`)."""
    values = event_values(facts)
    asset = fill(generated.AssetReferenceAssetEventDagRun, **values["asset"])
    alias = generated.AssetAliasReferenceAssetEventDagRun
    aliases = [fill(alias, **names) for names in values["source_aliases"]]
    return fill(generated.AssetEventDagRunReference, **{**values, "asset": asset, "source_aliases": aliases})


def _event(generated: Any, facts: dict[str, Any]) -> Any:
    values = event_values(facts)
    return fill(generated.AssetEventResponse, **{**values, "asset": fill(generated.AssetResponse, **values["asset"])})
