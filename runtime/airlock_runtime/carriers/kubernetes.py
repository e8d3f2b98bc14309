"""A pod, by KubernetesPodOperator.

Contract: the pod's container waits on a private unix socket, and the conversation goes there through `pods/exec`:
nothing of the task stands in the pod's spec. A deferrable one talks until the task's templates are rendered and all
that they and its connections need has been sent; then it gives its slot back, and what the task tells comes by the
operator's own XCom sidecar.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Any, Callable, Mapping

from airflow.exceptions import AirflowException

from airlock_runtime.carriers.carrier import Outcome
from airlock_runtime.carriers.link_stream import LinkStream
from airlock_runtime.carriers.pod_exec import PodExec
from airlock_runtime.carriers.pod_operator import PodOperator, arguments_of
from airlock_runtime.launch.archive import source_of
from airlock_runtime.launch.conversation import Conversation, Detached, lost
from airlock_runtime.launch.settings import Settings
from airlock_runtime.launch.stream import Ending

_RESULT = "/airflow/xcom/return.json"
"""Where KubernetesPodOperator's sidecar looks (`utils/xcom_sidecar.py`)."""


class KubernetesPod:
    def __init__(self, task: Any, context: Any, settings: Settings, image: str, arguments: Mapping[str, Any]) -> None:
        self._task, self._context, self._limit = task, context, settings.message_limit
        self.detaches = bool(arguments.get("deferrable"))
        # Else the lines come over the link, with their levels.
        given = {"get_logs": self.detaches, **arguments}
        self._operator = _Operator(**arguments_of(task, image, given, do_xcom_push=self.detaches))
        self._token = secrets.token_hex(8)
        self.where = f"the pod of {image}"

    def carry(self, conversation: Conversation) -> Outcome:
        operator = self._prepared()
        operator.cmds = ["python3", "-c", source_of("inside/listener.py"), self._token]
        operator.arguments = []
        operator.talk = lambda: conversation.hold(self._stream())
        failure: Exception | None = None
        try:
            operator.run(self._context)
        except AirflowException as error:
            failure = operator.trouble or error
        finally:
            if operator.stream is not None:
                operator.stream.close()
        if operator.outcome is not None:  # the pod's own failure adds nothing to what the task told
            return operator.outcome
        assert failure is not None
        raise failure

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
            raise lost(self.where, Ending(**told["ending"]) if told.get("ending") else operator.ending())
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
        command = ["python3", "-c", source_of("inside/relay.py"), self._token]
        return PodExec(operator.client, operator.pod, operator.base_container_name, command)


class _Operator(PodOperator):
    """Talks to its pod once that runs."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.talk: Callable[[], Outcome] | None = None
        self.stream: LinkStream | None = None
        self.outcome: Outcome | None = None
        self.trouble: Exception | None = None
        """Why there is none: the operator itself goes on to raise that its pod failed."""

    def await_pod_start(self, pod: Any) -> None:
        super().await_pod_start(pod)
        if self.talk is not None and not self.deferrable:
            try:
                self.outcome = self.talk()
            except Exception as error:
                self.trouble = error
                raise
            self.finish_early()

    def invoke_defer_method(self, *args: Any, **kwargs: Any) -> None:
        """:raises TaskDeferred: when the task has all that it needs; not where it has ended before"""
        if self.talk is not None:
            try:
                self.await_pod_start(self.pod)
                try:
                    self.outcome = self.talk()
                except Detached:
                    assert self.stream is not None
                    self.stream.settle()
            except BaseException:
                self.process_pod_deletion(self.pod, reraise=False)  # which the operator leaves to the trigger
                raise
            if self.outcome is not None:
                self.cleanup(self.pod, self._completed())
                return
        super().invoke_defer_method(*args, **kwargs)
