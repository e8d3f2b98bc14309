"""Finds out whether a task's operator starts containers, and puts what asks for them in place of what would start them.

Contract: at the base class, so that subclasses and decorators have it too. Once in a process, which runs one task.
"""

from __future__ import annotations

from typing import Any, Mapping

from airlock_runtime.runner.answers import Answers
from airlock_runtime.runner.containers.asked import Asked
from airlock_runtime.runner.events import Events

_POD = ("airflow.providers.cncf.kubernetes.operators.pod", "KubernetesPodOperator")
_DOCKER = ("airflow.providers.docker.operators.docker", "DockerOperator")


def stand_in(task: Any, answers: Answers, environ: Mapping[str, str], events: Events, *, pods: bool) -> None:
    """
    :param environ: the project's own variables, which stand for what a cluster would put into a pod's environment
    :param pods: whether whole pods can be started
    """

    def start(wanted: Mapping[str, Any], left_out: list[str]) -> Asked:
        if left_out:
            events.log(f"This container is started without {', '.join(left_out)}", level="warning")
        return Asked(answers.channel, wanted)

    bases = {(base.__module__, base.__qualname__): base for base in type(task).__mro__}
    if _DOCKER in bases:
        from airlock_runtime.runner.containers.docker import stand_in_engine

        stand_in_engine(bases[_DOCKER], start)
    if _POD in bases:
        from airlock_runtime.runner.containers.kubernetes import stand_in_cluster

        stand_in_cluster(bases[_POD], task, start, answers, environ, whole=pods)
