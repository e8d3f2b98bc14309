"""A container, by DockerOperator.

Contract: all that the operator takes acts as it does there. Its container waits on a private unix socket, and the
conversation goes there through `exec`: nothing of the task stands in its command, its environment or its labels.
"""

from __future__ import annotations

import inspect
import logging
import secrets
import threading
from contextlib import suppress
from typing import Any, Callable, Mapping

from airflow.providers.docker.operators import docker

from airlock_runtime.carriers.carrier import Outcome
from airlock_runtime.carriers.docker_exec import DockerExec
from airlock_runtime.carriers.link_stream import LinkStream
from airlock_runtime.launch.archive import source_of
from airlock_runtime.launch.conversation import Conversation
from airlock_runtime.launch.errors import IsolationError
from airlock_runtime.launch.settings import Settings
from airlock_runtime.launch.stream import Ending

_QUIET = logging.getLogger("airflow.task.container")
_QUIET.setLevel(logging.WARNING)


class DockerContainer:
    detaches = False

    def __init__(self, task: Any, context: Any, settings: Settings, image: str, arguments: Mapping[str, Any]) -> None:
        self._task, self._context, self._limit = task, context, settings.message_limit
        self._name = secrets.token_hex(8)
        defaults = {"auto_remove": "force", "mount_tmp_dir": False}
        self._operator = DockerOperator(
            task_id=task.task_id, image=image, do_xcom_push=False, **{**defaults, **arguments}
        )
        self._stream: LinkStream | None = None
        self.where = f"the container of {image}"

    def carry(self, conversation: Conversation) -> Outcome:
        operator = self._operator
        operator.render_template_fields(self._context, self._task.get_template_env())
        operator.entrypoint = ["python3", "-c", source_of("inside/listener.py"), self._name]
        operator.command = []
        thread = threading.Thread(target=operator.run_beside, args=(self._context,), name="airlock-docker")
        thread.start()
        try:
            operator.started.wait()
            if operator.error is not None:
                raise self._not_started(operator.error) from operator.error
            self._stream = LinkStream(self._dial, operator.ending, limit=self._limit)
            return conversation.hold(self._stream)
        except BaseException:
            self.kill()
            raise
        finally:
            if self._stream is not None:
                self._stream.close()
            thread.join()

    def resume(self, event: Any, hear: Callable[[Mapping[str, Any]], None]) -> Outcome:
        raise IsolationError("DockerOperator does not defer")

    def kill(self) -> None:
        if self._stream is not None:
            self._stream.close()
        with suppress(Exception):  # it may be gone already
            self._operator.on_kill()

    def _not_started(self, error: BaseException) -> IsolationError:
        where = self._operator.docker_url
        hint = ""
        if '"python3"' in str(error):
            hint = ". An environment's image needs a python3 that imports its Airflow"
        return IsolationError(
            f"{self._task.task_id}: {self.where} could not be started by the engine at {where}: {error}{hint}"
        )

    def _dial(self) -> DockerExec:
        command = ["python3", "-c", source_of("inside/relay.py"), self._name]
        return DockerExec(self._operator.hook.api_client, self._operator.container["Id"], command)


class DockerOperator(docker.DockerOperator):  # type: ignore[misc]
    """Airflow's own, which is told apart in when it has started and how it has ended."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.started = threading.Event()
        self.over = threading.Event()
        self.error: BaseException | None = None
        self._state: Mapping[str, Any] = {}

    @property
    def cli(self) -> Any:
        return _Client(self.hook.api_client, self)

    def run_beside(self, context: Any) -> None:
        """Runs the operator in a thread of its own; what it raises is kept."""
        try:
            # Airflow warns of operators that are executed inside of others, and keeps the plain function beside.
            inspect.unwrap(docker.DockerOperator.execute)(self, context)
        except BaseException as error:
            self.error = error
        finally:
            self.over.set()
            self.started.set()

    def ending(self) -> Ending:
        """Waits for the container's end."""
        self.over.wait()
        return Ending(self._state.get("ExitCode"), bool(self._state.get("OOMKilled")), last_words=str(self.error or ""))

    def keep(self, state: Mapping[str, Any]) -> None:
        self._state = state


class _Client:
    """The operator's client: says when the container has started, and looks how it ended before it is removed."""

    def __init__(self, client: Any, operator: DockerOperator) -> None:
        self._client, self._operator = client, operator

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def start(self, container: str, *args: Any, **kwargs: Any) -> Any:
        result = self._client.start(container, *args, **kwargs)
        # Its lines would be the container's output: those of the task come over the link, with their levels.
        self._operator._log = _QUIET
        self._operator.started.set()
        return result

    def wait(self, container: str, *args: Any, **kwargs: Any) -> Any:
        result = self._client.wait(container, *args, **kwargs)
        with suppress(Exception):  # it may have been removed by hand
            self._operator.keep(self._client.inspect_container(container)["State"])
        return result
