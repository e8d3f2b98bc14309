"""KubernetesPodOperator as both ways to a pod use it.

Contract: all that the operator takes acts as it does there; what Airlock does stands in its hooks.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from contextlib import closing, suppress
from typing import Any, Mapping

try:
    from airflow.sdk.exceptions import TaskDeferred
except ImportError:  # Airflow 2 and 3.0
    from airflow.exceptions import TaskDeferred
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

from airlock_runtime.launch.stream import Ending

_WATCHED = 5
"""Seconds for which the cluster is to tell of a pod's start as it happens; one that has not started by then pulls its
image or waits for a node, and the operator's own look, once in `startup_check_interval_seconds`, is soon enough."""


def arguments_of(task: Any, image: str, arguments: Mapping[str, Any], **own: Any) -> dict[str, Any]:
    """What the operator is made with: our defaults, what the user says, and what is ours alone."""
    defaults = {
        "name": task.task_id,
        "reattach_on_restart": False,  # a pod of an earlier try talks to nobody but that
        "on_finish_action": "delete_pod",
    }
    given = {**defaults, **arguments}
    if "pod_override" in given:  # as executor_config calls it
        given["full_pod_spec"] = given.pop("pod_override")
    return {"task_id": task.task_id, "image": image, **given, **own}


class PodOperator(KubernetesPodOperator):  # type: ignore[misc]
    def run(self, context: Any) -> None:
        """:raises TaskDeferred: to come back to the outer task's `resume`"""
        try:
            # Airflow warns of operators that are executed inside of others, and keeps the plain function beside.
            inspect.unwrap(KubernetesPodOperator.execute)(self, context)
        except TaskDeferred as deferral:
            raise TaskDeferred(trigger=deferral.trigger, method_name="resume", timeout=deferral.timeout) from None

    def await_pod_start(self, pod: Any) -> None:
        with suppress(Exception):  # whatever it is, the operator's own look meets it again, and says it well
            self._watch_start(pod)
        _open_event_loop()
        super().await_pod_start(pod)

    def _watch_start(self, pod: Any) -> None:
        from kubernetes.watch import Watch

        events = Watch().stream(
            self.client.list_namespaced_pod,
            pod.metadata.namespace,
            field_selector=f"metadata.name={pod.metadata.name}",
            timeout_seconds=_WATCHED,
            _request_timeout=2 * _WATCHED,
        )
        with closing(events):
            for event in events:
                if event["object"].status.phase != "Pending":
                    return

    def extract_xcom(self, pod: Any, **kwargs: Any) -> Any:
        """As the operator's own, which also logs the whole of it."""
        result = self.pod_manager.extract_xcom(pod)
        return json.loads(result) if isinstance(result, str) else result

    def finish_early(self) -> None:
        """The task has told its outcome and how it ended: its container ends by that, and is not waited for.

        The operator would look once a second for the container's end and every two for the pod's, whose phase comes
        late and waits for sidecars.
        """
        manager = self.pod_manager
        manager.await_container_completion = lambda *args, **kwargs: None
        manager.await_pod_completion = lambda *args, **kwargs: self._completed()

    def _completed(self) -> Any:
        """The pod, its base container ended well even where the cluster does not know that yet (inside/porter.py)."""
        from kubernetes.client import V1ContainerState, V1ContainerStateTerminated

        pod = self.client.read_namespaced_pod(self.pod.metadata.name, self.pod.metadata.namespace)
        for status in pod.status.container_statuses or ():
            if status.name == self.base_container_name and not status.state.terminated:
                ended = V1ContainerStateTerminated(exit_code=0, reason="Completed")
                status.state = V1ContainerState(terminated=ended)
        if self.ending_in(pod).code == 0:
            pod.status.phase = "Succeeded"  # of the base container that holds, and nothing else is looked at
        return pod

    def ending(self) -> Ending:
        """How the base container ended, as far as the cluster says."""
        with suppress(Exception):  # the pod may have been deleted
            return self.ending_in(self.client.read_namespaced_pod(self.pod.metadata.name, self.pod.metadata.namespace))
        return Ending()

    def ending_in(self, pod: Any) -> Ending:
        """The same, of what the cluster said of the pod."""
        for status in (pod.status.container_statuses if pod.status else None) or ():
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
