"""A pod, by KubernetesPodOperator.

Contract: all that the operator takes acts as it does there. The pod's container waits on a private unix socket, and the
conversation goes there through `pods/exec`: nothing of the task stands in the pod's spec. A deferrable one talks until
the task's templates are rendered and all that they and its connections need has been sent; then it gives its slot
back, and what the task tells comes by the operator's own XCom sidecar.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import secrets
from contextlib import suppress
from typing import Any, Callable, Mapping

from airflow.exceptions import AirflowException, TaskDeferred
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

from airlock_runtime.carriers.carrier import Outcome, Talk
from airlock_runtime.carriers.link_stream import LinkStream
from airlock_runtime.carriers.pod_exec import PodExec
from airlock_runtime.launch.archive import source_of
from airlock_runtime.launch.conversation import Detached
from airlock_runtime.launch.errors import IsolatedTaskLost
from airlock_runtime.launch.settings import Settings
from airlock_runtime.launch.stream import Ending

_RESULT = "/airflow/xcom/return.json"
"""Where KubernetesPodOperator's sidecar looks (`utils/xcom_sidecar.py`)."""


class KubernetesPod:
    def __init__(self, task: Any, context: Any, settings: Settings, image: str, arguments: Mapping[str, Any]) -> None:
        self._task, self._context, self._limit = task, context, settings.message_limit
        self.detaches = bool(arguments.get("deferrable"))
        defaults = {
            "name": task.task_id,
            "get_logs": self.detaches,  # else the lines come over the link, with their levels
            "reattach_on_restart": False,  # a pod of an earlier try talks to nobody but that
            "on_finish_action": "delete_pod",
        }
        given = {**defaults, **arguments, "do_xcom_push": self.detaches}
        self._operator = _Operator(task_id=task.task_id, image=image, **given)
        self.where = f"the pod of {image}"

    def carry(self, talk: Talk) -> Outcome:
        operator = self._prepared()
        operator.talk = lambda: talk(self._stream())
        operator.token = secrets.token_hex(8)
        operator.cmds = ["python3", "-c", source_of("inside/listener.py"), operator.token]
        operator.arguments = []
        try:
            # Airflow warns of operators that are executed inside of others, and keeps the plain function beside.
            inspect.unwrap(KubernetesPodOperator.execute)(operator, self._context)
        except TaskDeferred as deferral:
            raise TaskDeferred(trigger=deferral.trigger, method_name="resume", timeout=deferral.timeout) from None
        except AirflowException:
            if operator.outcome is None:  # else the pod's own failure adds nothing to what the task told
                raise
        finally:
            if operator.stream is not None:
                operator.stream.close()
        assert operator.outcome is not None
        return operator.outcome

    def resume(self, event: Any, hear: Callable[[Mapping[str, Any]], None]) -> Outcome:
        operator = self._prepared()
        told = operator.trigger_reentry(self._context, event) or {}
        outcome: Outcome | None = None
        for heard in told.get("events") or ():
            if heard.get("event") == "outcome":
                outcome = heard
            else:
                hear(heard)
        if outcome is None:
            raise IsolatedTaskLost(
                f"The task's process in {self.where} told no outcome: {told.get('ending') or 'gone'}"
            )
        return outcome

    def kill(self) -> None:
        if self._operator.stream is not None:
            self._operator.stream.close()
        with suppress(Exception):  # it may be gone already
            self._operator.on_kill()

    def _prepared(self) -> _Operator:
        self._operator.render_template_fields(self._context, self._task.get_template_env())
        return self._operator

    def _stream(self) -> LinkStream:
        operator = self._operator
        operator.stream = LinkStream(
            self._dial, operator.ending, limit=self._limit, echo=True, result=_RESULT if self.detaches else None
        )
        return operator.stream

    def _dial(self) -> PodExec:
        operator = self._operator
        command = ["python3", "-c", source_of("inside/relay.py"), operator.token]
        return PodExec(operator.client, operator.pod, operator.base_container_name, command)


class _Operator(KubernetesPodOperator):  # type: ignore[misc]
    """KubernetesPodOperator, which talks to its pod once that runs."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.talk: Callable[[], Outcome] | None = None
        self.stream: LinkStream | None = None
        self.outcome: Outcome | None = None
        self.token = ""

    def await_pod_start(self, pod: Any) -> None:
        _open_event_loop()
        super().await_pod_start(pod)
        if self.talk is not None and not self.deferrable:
            self.outcome = self.talk()

    def invoke_defer_method(self, *args: Any, **kwargs: Any) -> None:
        """:raises TaskDeferred: when the task has all that it needs"""
        if self.talk is not None:
            _open_event_loop()
            super().await_pod_start(self.pod)
            with suppress(Detached):
                self.outcome = self.talk()
        super().invoke_defer_method(*args, **kwargs)

    def extract_xcom(self, pod: Any, **kwargs: Any) -> Any:
        """As the operator's own, which also logs the whole of it."""
        result = self.pod_manager.extract_xcom(pod)
        return json.loads(result) if isinstance(result, str) else result

    def ending(self) -> Ending:
        """How the base container ended, as far as the cluster says."""
        with suppress(Exception):  # the pod may have been deleted
            pod = self.client.read_namespaced_pod(self.pod.metadata.name, self.pod.metadata.namespace)
            for status in pod.status.container_statuses or ():
                ended = status.state.terminated
                if status.name == self.base_container_name and ended:
                    return Ending(ended.exit_code, ended.reason == "OOMKilled", last_words=ended.message or "")
        return Ending()


def _open_event_loop() -> None:
    """The provider of Airflow 2.11 (10.6) closes its thread's loop, and finds it closed with a second pod."""
    try:
        closed = asyncio.get_event_loop().is_closed()
    except RuntimeError:  # there is none
        closed = True
    if closed:
        asyncio.set_event_loop(asyncio.new_event_loop())
