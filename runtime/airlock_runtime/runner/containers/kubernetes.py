"""What stands in for a cluster: the hook, the client and the pod manager of KubernetesPodOperator.

Contract: the operator builds its pod and judges how that ended (providers 10.6 to 10.25); in between its own container
runs, where the client can in the whole pod, of which that container alone is seen. It does not defer: nobody else would
see the container.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable, Mapping

from airlock_runtime.airflow.pods import SIDECAR
from airlock_runtime.runner.answers import Answers
from airlock_runtime.runner.containers.asked import Asked, Exit
from airlock_runtime.runner.containers.pod import wanted_of
from airlock_runtime.runner.containers.whole_pod import whole_pod
from airlock_runtime.wire.outcome import Failure

Start = Callable[[Mapping[str, Any], list[str]], Asked]

_RESULT = "/airflow/xcom/return.json"


def stand_in_cluster(
    operator: Any, task: Any, start: Start, answers: Answers, environ: Mapping[str, str], *, whole: bool
) -> None:
    """
    :param operator: the class KubernetesPodOperator
    :param task: the one that will run
    :param whole: whether the pod can be started as it is, and not its container alone
    """
    wanted = whole_pod if whole else wanted_of

    def describe(pod: Any, name: str) -> tuple[dict[str, Any], list[str]]:
        described, left_out = wanted(pod, name, lambda variable: _of_the_project(variable, answers, environ))
        return described, left_out + (_unseen(task, pod, name) if whole else [])

    cluster = _Cluster(start, describe)
    task.deferrable = False
    task.log_pod_spec_on_failure = False  # nothing here looks at the pod
    operator.hook = property(lambda _: cluster)
    operator.client = property(lambda _: cluster)
    operator.pod_manager = property(cluster.of)
    operator.get_or_create_pod = lambda task, pod_request_obj, context: cluster.create(task, pod_request_obj)
    operator.find_pod = lambda task, namespace, context, **_: cluster.pod
    operator.await_pod_start = lambda task, pod: None


class _Cluster:
    """Where there is but one pod, of which one container is seen."""

    is_in_cluster = False

    def __init__(self, start: Start, describe: Callable[[Any, str], tuple[dict[str, Any], list[str]]]) -> None:
        self._start, self._describe = start, describe
        self._task: Any = None
        self._container: Asked
        self.pod: Any = None

    def __getattr__(self, name: str) -> Any:
        raise Failure("container", f"The operator asks a cluster for {name}, and there is none in a local run")

    def of(self, task: Any) -> _Cluster:
        """The pod manager of an operator."""
        self._task = task
        return self

    def create(self, task: Any, pod: Any) -> Any:
        self._task = task
        wanted, left_out = self._describe(pod, task.base_container_name)
        if getattr(task, "callbacks", None):
            left_out.append("the progress that callbacks are told")
        task.log.info("Starting a container of %s for the pod %s", wanted["image"], pod.metadata.name)
        self._container = self._start(wanted, left_out)
        self.pod = pod
        pod.status = _running()
        return pod

    # --- the hook

    def get_namespace(self) -> None:
        return None

    get_xcom_sidecar_container_image = get_xcom_sidecar_container_resources = get_namespace
    get_xcom_sidecar_container_security_context = get_namespace

    # --- the pod manager, and the client; the container goes with the task, whoever started it sees to that

    def nothing(self, *_: Any, **__: Any) -> None:
        """Of a pod that there is not."""

    fetch_requested_init_container_logs = await_xcom_sidecar_container_start = nothing
    delete_pod = patch_namespaced_pod = delete_namespaced_pod = nothing

    def read_pod(self, pod: Any) -> Any:
        return self.pod

    def read_pod_events(self, pod: Any) -> Any:
        return SimpleNamespace(items=[])

    def fetch_requested_container_logs(
        self,
        pod: Any,
        containers: Any,
        follow_logs: bool = True,
        container_name_log_prefix_enabled: bool = True,
        log_formatter: Callable[[str, str], str] | None = None,
    ) -> list[Any]:
        name = self._task.base_container_name
        if containers is True or name in ([containers] if isinstance(containers, str) else containers):
            for line in self._container.lines():
                if log_formatter:
                    self._task.log.info("%s", log_formatter(name, line))
                else:
                    self._task.log.info("%s", f"[{name}] {line}" if container_name_log_prefix_enabled else line)
        return []

    def await_container_completion(self, *_: Any, **__: Any) -> None:
        self._container.wait()

    def extract_xcom(self, pod: Any, **_: Any) -> str:
        from airflow.providers.cncf.kubernetes.utils.pod_manager import EMPTY_XCOM_RESULT

        self._container.wait()
        result = (self._container.file(_RESULT) or b"").decode("utf-8", "replace")
        return result or str(EMPTY_XCOM_RESULT)

    def await_pod_completion(self, *_: Any, **__: Any) -> Any:
        self.pod.status = _ended(self._container.wait(), self._task.base_container_name)
        return self.pod


def _unseen(task: Any, pod: Any, name: str) -> list[str]:
    """Whose lines the operator was to log."""
    wanted = [getattr(task, "init_container_logs", None), getattr(task, "container_logs", None)]
    others = [each for each in pod.spec.containers if each.name not in (name, SIDECAR)]
    groups = [pod.spec.init_containers or [], others]
    return [
        f"the log of its container {each.name}"
        for names, containers in zip(wanted, groups)
        for each in containers
        if names is True or each.name in ([names] if isinstance(names, str) else names or ())
    ]


def _running() -> Any:
    from kubernetes.client import V1PodStatus

    return V1PodStatus(phase="Running")


def _ended(how: Exit, name: str) -> Any:
    from kubernetes.client import V1ContainerState, V1ContainerStateTerminated, V1ContainerStatus, V1PodStatus

    said = "It ran out of memory" if how.oom_killed else f"Its container ended with exit code {how.code}"
    failed = how.code != 0
    reason = "OOMKilled" if how.oom_killed else "Error" if failed else "Completed"
    ended = V1ContainerStateTerminated(exit_code=how.code, reason=reason, message=said if failed else None)
    state = V1ContainerState(terminated=ended)
    status = V1ContainerStatus(name=name, image="", image_id="", ready=False, restart_count=0, state=state)
    return V1PodStatus(phase="Failed" if failed else "Succeeded", container_statuses=[status])


def _of_the_project(name: str, answers: Answers, environ: Mapping[str, str]) -> str | None:
    """What the project has for a value that the cluster keeps: a connection, a variable of Airflow's or a plain one."""
    from airlock_runtime.airflow.masker import mask

    connection, variable = "AIRFLOW_CONN_", "AIRFLOW_VAR_"
    if name.startswith(connection):
        conn_id = name[len(connection) :].lower()
        return _uri(conn_id) if answers.connection(conn_id) else None
    value = answers.variable(name[len(variable) :].lower()) if name.startswith(variable) else environ.get(name)
    if value:
        mask(value)
    return value


def _uri(conn_id: str) -> str:
    """As an environment variable has a connection; its secrets are masked by the hook that looks it up."""
    try:
        from airflow.sdk.bases.hook import BaseHook
    except ImportError:  # Airflow 2 and 3.0
        from airflow.hooks.base import BaseHook
    return str(BaseHook.get_connection(conn_id).get_uri())
