"""Stands in for `task_runner.SUPERVISOR_COMMS`: the messages that a task sends its supervisor are answered here.

Contract: answered by the name of the message (their number only grows: 32 in 3.0, 55 in 3.3), from what the request
brought or by asking over the channel. What only a metadata database could answer is refused, and the refusal kept:
operators swallow exceptions, and the outcome must still say so.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from airlock_runtime.runner.airflow3 import connections, xcoms
from airlock_runtime.runner.airflow3.assets import AssetMessages
from airlock_runtime.runner.airflow3.models import fill
from airlock_runtime.runner.answers import Answers, XcomKey
from airlock_runtime.runner.channel import Refused
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.request import Run


class Comms(AssetMessages):
    """
    :param events: where results go; None while a DAG file is loaded, which has none
    """

    def __init__(self, answers: Answers, run: Run | None = None, events: Events | None = None) -> None:
        from airflow.sdk.execution_time import comms

        self._comms = comms
        self._answers = answers
        self._run = run
        self._events = events
        self._reply: Any = None
        self.lock = threading.RLock()
        self.socket = None
        self.refusal: Refused | None = None
        self.reschedule_date: Any = None

    # --- the three shapes of the conversation: 3.0.3 and later, 3.1 and later, 3.0.0 to 3.0.2

    def send(self, msg: Any) -> Any:
        with self.lock:
            answer = getattr(self, f"_on_{type(msg).__name__}", None)
            return self._refuse(type(msg).__name__) if answer is None else answer(msg)

    async def asend(self, msg: Any) -> Any:
        return self.send(msg)

    def send_request(self, log: Any, msg: Any) -> None:
        self._reply = self.send(msg)

    def get_message(self) -> Any:
        return self._reply

    # --- results

    def _on_SetRenderedFields(self, msg: Any) -> Any:
        if self._events:
            self._events.rendered(msg.rendered_fields)
        return self._ok()

    def _on_SetXCom(self, msg: Any) -> Any:
        key = self._key(msg)
        if not self._here(key):
            self._refuse("xcom_push to another run")
        map_index = -1 if msg.map_index is None else msg.map_index
        value = xcoms.neutral(msg.key, msg.value, self._answers.pickle)
        self._answers.keep_xcom(key, map_index, value)
        if self._events:
            self._events.xcom(task_id=msg.task_id, key=msg.key, map_index=map_index, value=value)

    def _on_DeleteXCom(self, msg: Any) -> Any:
        self._answers.xcoms.get(self._key(msg), {}).pop(-1 if msg.map_index is None else msg.map_index, None)
        return self._ok()

    def _on_PutVariable(self, msg: Any) -> Any:
        self._answers.set_variable(msg.key, "" if msg.value is None else str(msg.value))
        return self._ok()

    def _nothing(self, msg: Any) -> Any:
        """What the outcome already says, or nobody is there to be told."""
        return self._ok()

    _on_DeferTask = _on_AwaitInputTask = _nothing

    def _named(self, msg: Any) -> Any:
        """The end of a task, or the name of its map index alone."""
        self._tell_map_index(msg)
        return self._ok()

    _on_TaskState = _on_RetryTask = _on_SetRenderedMapIndex = _named

    def _on_RescheduleTask(self, msg: Any) -> Any:
        self.reschedule_date = msg.reschedule_date
        return self._ok()

    def _on_SkipDownstreamTasks(self, msg: Any) -> Any:
        if self._events:
            self._events.skip(msg.tasks)
        return self._ok()

    def _none(self, msg: Any) -> None:
        return None

    _on_MaskSecret = _on_ResendLoggingFD = _none

    # --- questions

    def _on_GetConnection(self, msg: Any) -> Any:
        connection = self._answers.connection(msg.conn_id)
        if connection is None:
            return self._error("CONNECTION_NOT_FOUND", conn_id=msg.conn_id)
        connections.mask(connection)
        return fill(self._comms.ConnectionResult, **connections.connection_fields(msg.conn_id, connection))

    def _on_GetVariable(self, msg: Any) -> Any:
        value = self._answers.variable(msg.key)
        if value is None:
            return self._error("VARIABLE_NOT_FOUND", key=msg.key)
        connections.mask_variable(msg.key, value)
        return fill(self._comms.VariableResult, key=msg.key, value=value)

    def _on_GetVariableKeys(self, msg: Any) -> Any:
        keys = sorted(key for key in self._answers.variables if key.startswith(msg.prefix or ""))
        return self._comms.VariableKeysResult(keys=keys[msg.offset : msg.offset + msg.limit], total_entries=len(keys))

    def _on_GetXCom(self, msg: Any) -> Any:
        map_index = -1 if msg.map_index is None else msg.map_index
        cell = self._answers.xcom(replace(self._key(msg), map_index=map_index))
        return fill(self._comms.XComResult, key=msg.key, value=xcoms.serialized(cell.get(map_index)))

    def _on_GetXComCount(self, msg: Any) -> Any:
        return self._comms.XComCountResponse(len=len(self._answers.xcom(self._key(msg))))

    def _on_GetXComSequenceItem(self, msg: Any) -> Any:
        values = self._sequence(self._answers.last_xcom(self._key(msg)))
        if not -len(values) <= msg.offset < len(values):
            return self._error("XCOM_NOT_FOUND", key=msg.key)
        return self._comms.XComSequenceIndexResult(root=values[msg.offset])

    def _on_GetXComSequenceSlice(self, msg: Any) -> Any:
        values = self._sequence(self._answers.xcom(self._key(msg)))
        return self._comms.XComSequenceSliceResult(root=values[slice(msg.start, msg.stop, msg.step)])

    def _on_GetPrevSuccessfulDagRun(self, msg: Any) -> Any:
        return fill(self._comms.PrevSuccessfulDagRunResult, **(self._answers.previous_run("success") or {}))

    def _on_GetPreviousDagRun(self, msg: Any) -> Any:
        previous = self._answers.previous_run(msg.state)
        if previous is None:
            return self._comms.PreviousDagRunResult(dag_run=None)
        from airflow.sdk.api.datamodels import _generated as generated

        facts = {"conf": {}, "consumed_asset_events": [], "clear_number": 0, **previous, "dag_id": msg.dag_id}
        return self._comms.PreviousDagRunResult(dag_run=fill(generated.DagRun, **facts))

    def _on_GetTaskRescheduleStartDate(self, msg: Any) -> Any:
        first = self._run.first_start_date if self._run else None
        return self._comms.TaskRescheduleStartDate(start_date=first)

    def _on_GetTaskBreadcrumbs(self, msg: Any) -> Any:
        return self._comms.TaskBreadcrumbsResult(breadcrumbs=[])

    def _on_GetTaskStateStore(self, msg: Any) -> Any:
        return self._error("TASK_STORE_NOT_FOUND")

    # --- helpers

    def _tell_map_index(self, msg: Any) -> None:
        rendered = getattr(msg, "rendered_map_index", None)
        if rendered and self._events:
            self._events.map_index(rendered)

    def _refuse(self, what: str) -> Any:
        refusal = Refused(f"{what} needs Airflow's metadata database, which is not there while a task runs isolated")
        self.refusal = self.refusal or refusal
        raise refusal

    def _error(self, kind: str, **detail: Any) -> Any:
        from airflow.sdk.exceptions import ErrorType

        return self._comms.ErrorResponse(error=getattr(ErrorType, kind), detail=detail)

    def _ok(self) -> Any:
        return self._comms.OKResponse(ok=True) if hasattr(self._comms, "OKResponse") else None

    def _key(self, msg: Any) -> XcomKey:
        prior = bool(getattr(msg, "include_prior_dates", False))
        return XcomKey(msg.dag_id, msg.run_id, msg.task_id, msg.key, prior)

    def _here(self, key: XcomKey) -> bool:
        return self._run is not None and (key.dag_id, key.run_id) == (self._run.dag_id, self._run.run_id)

    def _sequence(self, cell: dict[int, Any]) -> list[Any]:
        return [xcoms.serialized(value) for _, value in sorted(cell.items())]
