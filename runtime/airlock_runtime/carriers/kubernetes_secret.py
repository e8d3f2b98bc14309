"""A pod of a cluster that refuses `pods/exec`: the task goes there in a Kubernetes Secret, and cannot ask.

Contract: off by default, since connection values then stand in a Secret, and so in etcd, while the task runs. The
Secret belongs to the pod: the cluster deletes it with that, whatever becomes of the outer task. What the task tells
comes as the container's termination message, at most 4096 bytes.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Any, Callable, Mapping

from airflow.exceptions import AirflowException
from kubernetes.client import models as k8s

from airlock_runtime.carriers.carrier import Outcome
from airlock_runtime.carriers.pod_operator import PodOperator, arguments_of
from airlock_runtime.launch.ahead import with_answers
from airlock_runtime.launch.archive import runner_archive, source_of
from airlock_runtime.launch.conversation import Conversation, lost
from airlock_runtime.launch.errors import IsolationError
from airlock_runtime.launch.settings import Settings
from airlock_runtime.launch.stream import Ending
from airlock_runtime.wire.frames import encode_frame

_FOLDER = "/airlock"
_RESULT = "/dev/termination-log"
_SECRET_LIMIT = 1024 * 1024
"""Bytes that a Secret holds (Kubernetes' documentation of Secrets)."""


class SilentPod:
    detaches = False

    def __init__(self, task: Any, context: Any, settings: Settings, image: str, arguments: Mapping[str, Any]) -> None:
        self._task, self._context, self._limit = task, context, settings.message_limit
        self._operator = _Operator(**arguments_of(task, image, arguments, do_xcom_push=False))
        self.where = f"the pod of {image}"

    def carry(self, conversation: Conversation) -> Outcome:
        operator = self._prepared()
        request = with_answers(conversation.request, self._task.send_ahead, conversation.answer)
        archive = runner_archive()
        head = f"AIRLOCK {len(archive)} {self._limit}\n".encode()
        operator.content = {
            "bootstrap": source_of("inside/bootstrap.py").encode(),
            "input": head + archive + encode_frame(request, self._limit),
        }
        if sum(map(len, operator.content.values())) > _SECRET_LIMIT:
            raise IsolationError("The task is too large for a Secret, which holds 1 MiB: give its pods `exec`")
        return self._outcome(lambda: operator.run(self._context), conversation.hears.hear)

    def resume(self, event: Any, hear: Callable[[Mapping[str, Any]], None]) -> Outcome:
        operator = self._prepared()
        return self._outcome(lambda: operator.trigger_reentry(self._context, event), hear)

    def kill(self) -> None:
        with suppress(Exception):  # it may be gone already
            self._operator.on_kill()

    def _prepared(self) -> _Operator:
        operator = self._operator
        operator.render_template_fields(self._context, self._task.get_template_env())
        operator.cmds = ["python3", "-c", source_of("inside/alone.py"), _FOLDER, _RESULT]
        operator.arguments = []
        return operator

    def _outcome(self, run: Callable[[], Any], hear: Callable[[Mapping[str, Any]], None]) -> Outcome:
        failure: AirflowException | None = None
        try:
            run()
        except AirflowException as error:
            failure = error
        ending = self._operator.ended
        try:
            told = json.loads(ending.last_words)
        except ValueError:
            raise failure or lost(self.where, ending) from None
        outcome: Outcome | None = None
        for heard in told["events"]:
            if heard.get("event") == "outcome":
                outcome = heard
            else:
                hear(heard)
        if outcome is None:
            raise lost(self.where, Ending(**told["ending"]))
        return outcome


class _Operator(PodOperator):
    """Its pod has the task in a Secret; how its container ended is kept before the pod is deleted."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.content: Mapping[str, bytes] = {}
        self.ended = Ending()

    def build_pod_request_obj(self, *args: Any, **kwargs: Any) -> Any:
        pod = super().build_pod_request_obj(*args, **kwargs)
        source = k8s.V1SecretVolumeSource(secret_name=pod.metadata.name, default_mode=0o444)
        pod.spec.volumes = [*(pod.spec.volumes or ()), k8s.V1Volume(name="airlock", secret=source)]
        for container in pod.spec.containers:
            if container.name == self.base_container_name:
                mount = k8s.V1VolumeMount(name="airlock", mount_path=_FOLDER, read_only=True)
                container.volume_mounts = [*(container.volume_mounts or ()), mount]
        return pod

    def get_or_create_pod(self, *args: Any, **kwargs: Any) -> Any:
        """The pod waits for its Secret, which wants the pod's own id."""
        pod = super().get_or_create_pod(*args, **kwargs)
        name, namespace = pod.metadata.name, pod.metadata.namespace
        created = self.client.read_namespaced_pod(name, namespace)
        owner = k8s.V1OwnerReference(api_version="v1", kind="Pod", name=name, uid=created.metadata.uid)
        secret = k8s.V1Secret(
            metadata=k8s.V1ObjectMeta(name=name, namespace=namespace, owner_references=[owner]),
            data={key: base64.b64encode(value).decode() for key, value in self.content.items()},
        )
        self.client.create_namespaced_secret(namespace, secret)
        return pod

    def cleanup(self, pod: Any, remote_pod: Any, *args: Any, **kwargs: Any) -> None:
        self.ended = self.ending_in(remote_pod) if remote_pod else Ending()
        super().cleanup(pod, remote_pod, *args, **kwargs)
