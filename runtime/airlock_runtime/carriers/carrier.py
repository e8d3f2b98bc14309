"""The port that the three carriers fill.

Contract: a carrier starts the place where the inner task runs, opens the conversation with it, and whatever happens
leaves nothing behind that its own arguments do not ask to be kept.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Protocol

from airflow.exceptions import AirflowException

from airlock_runtime.launch.conversation import Conversation
from airlock_runtime.launch.errors import IsolationError
from airlock_runtime.launch.settings import Settings

Outcome = Mapping[str, Any]


class Carrier(Protocol):
    where: str
    """What the task runs in, for messages."""
    detaches: bool
    """Whether the outer task goes away once the inner one has all that it needs."""

    def carry(self, conversation: Conversation) -> Outcome:
        """Runs the task there.

        :raises TaskDeferred: where the outer task gives its slot back until the inner one is done
        """

    def resume(self, event: Any, hear: Callable[[Mapping[str, Any]], None]) -> Outcome:
        """After `TaskDeferred`: hears what the task told meanwhile, and returns its outcome."""

    def kill(self) -> None:
        """Ends the inner task, and what carries it. Any thread; safe at any time."""


def carrier_of(task: Any, context: Any, settings: Settings, image: str | None) -> Carrier:
    """The carrier of the task's isolation type; its provider is imported now.

    :raises IsolationError: where its operator does not take what it is to get
    """
    kind = settings.isolation_type
    arguments = {**settings.carrier, **task.isolated_operator_kwargs}
    try:
        return _carrier(kind, task, context, settings, str(image), arguments)
    except IsolationError:
        raise
    except (TypeError, ValueError, AirflowException) as error:
        raise IsolationError(
            f"{task.task_id}: isolated_operator_kwargs, or [airlock] {kind}_kwargs, are not what the {kind} carrier "
            f"takes: {error}"
        ) from error


def _carrier(
    kind: str, task: Any, context: Any, settings: Settings, image: str, arguments: Mapping[str, Any]
) -> Carrier:
    if kind == "external_python":
        from airlock_runtime.carriers.external_python import ExternalPython

        return ExternalPython(task.task_id, task.environment, settings, arguments)
    if kind == "docker":
        from airlock_runtime.carriers.docker import DockerContainer

        return DockerContainer(task, context, settings, image, arguments)
    from airlock_runtime.carriers.kubernetes import KubernetesPod
    from airlock_runtime.carriers.kubernetes_secret import SilentPod

    pod = SilentPod if settings.kubernetes_channel == "secret" else KubernetesPod
    return pod(task, context, settings, image, arguments)
