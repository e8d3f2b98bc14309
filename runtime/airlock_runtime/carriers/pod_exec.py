"""A connection to a program in a running pod, over the API server's `pods/exec`.

Contract: a WebSocket whose messages begin with the number of a channel (Kubernetes' `v4.channel.k8s.io`): 0 input, 1
output, 2 errors, 3 how it ended.
"""

from __future__ import annotations

import select
from contextlib import suppress
from typing import Any

from airlock_runtime.carriers.link_stream import Gone
from airlock_runtime.launch.errors import IsolationError

_STDIN, _STDOUT, _STDERR = 0, 1, 2
_MESSAGE = 1 << 16
_REFUSED = (
    "The cluster refuses pods/exec to Airflow: give its account get and create on pods/exec in the pod's namespace, "
    "or set [airlock] kubernetes_channel = secret"
)


class PodExec:
    """
    :param client: a `CoreV1Api`
    :raises Gone: where the container does not run
    :raises IsolationError: where the cluster refuses `exec` to this account
    :raises OSError: where it does not come about
    """

    def __init__(self, client: Any, pod: Any, container: str, command: list[str]) -> None:
        from kubernetes.client.exceptions import ApiException
        from kubernetes.stream import stream

        name, namespace = pod.metadata.name, pod.metadata.namespace
        try:
            if not _runs(client.read_namespaced_pod(name, namespace), container):
                raise Gone(f"{name} does not run any more")
            opened = stream(
                client.connect_get_namespaced_pod_exec,
                name,
                namespace,
                container=container,
                command=command,
                stdin=True,
                stdout=True,
                stderr=True,
                tty=False,
                _preload_content=False,
            )
        except (ApiException, AttributeError) as error:  # kubernetes 36 decodes a body that there is none of
            status = _status(error)
            if status == 404:
                raise Gone(f"{name} is not there any more") from error
            if status == 403:
                raise IsolationError(_REFUSED) from error
            raise OSError(f"pods/exec: {status or error}") from error
        self._socket = opened.sock
        self._errors = b""

    def receive(self, seconds: float) -> bytes | None:
        import websocket

        while True:
            if not self._pending() and not select.select([self._socket.sock], [], [], seconds)[0]:
                return None
            try:
                _, message = self._socket.recv_data()
            except websocket.WebSocketException:
                return b""
            channel, data = message[:1], message[1:]
            if channel == bytes([_STDOUT]) and data:
                return bytes(data)
            if channel == bytes([_STDERR]):
                self._errors = (self._errors + data)[-4096:]
            elif channel not in (b"\0", bytes([_STDOUT])):  # how it ended, or the close itself
                return b""

    def send(self, data: bytes) -> None:
        import websocket

        try:
            for start in range(0, len(data), _MESSAGE):
                self._socket.send_binary(bytes([_STDIN]) + data[start : start + _MESSAGE])
        except websocket.WebSocketException as error:
            raise OSError(str(error)) from error

    def close(self) -> None:
        with suppress(Exception):  # it may be closed from the other side
            self._socket.close(timeout=1)

    def complaint(self) -> str:
        return self._errors.decode("utf-8", "replace").strip()

    def _pending(self) -> bool:
        """Whether TLS has read more from the socket than it has handed on."""
        pending = getattr(self._socket.sock, "pending", None)
        return bool(pending and pending())


def _runs(pod: Any, container: str) -> bool:
    statuses = (pod.status.container_statuses if pod.status else None) or ()
    return any(status.name == container and status.state.running for status in statuses)


def _status(error: BaseException | None) -> int:
    """What the server answered; of a WebSocket's request only the cause knows it (kubernetes/stream/ws_client.py)."""
    while error is not None:
        status = getattr(error, "status_code", 0) or getattr(error, "status", 0)
        if status:
            return int(status)
        error = error.__context__
    return 0
