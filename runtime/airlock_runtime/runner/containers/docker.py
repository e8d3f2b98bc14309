"""What stands in for Docker's engine: docker-py's `APIClient`, as far as DockerOperator uses it.

Contract: names and values as docker-py has them; the operator does the rest (exit codes, XComs, what it retrieves).
"""

from __future__ import annotations

import io
import posixpath
import shlex
import tarfile
from types import SimpleNamespace
from typing import Any, Callable, Iterator, Mapping

from airlock_runtime.runner.containers.asked import Asked
from airlock_runtime.wire.outcome import Failure

Start = Callable[[Mapping[str, Any], list[str]], Asked]

_OF_THE_ENGINE = (
    "shm_size",
    "dns",
    "dns_search",
    "port_bindings",
    "cap_add",
    "privileged",
    "device_requests",
    "ipc_mode",
    "ulimits",
)
"""Settings of a container that a local run does without."""


def stand_in_engine(operator: Any, start: Start) -> None:
    """
    :param operator: the class DockerOperator
    """
    engine = _Engine(start)
    hook = SimpleNamespace(client_created=True, api_client=engine)
    operator.hook = property(lambda task: hook)
    operator.cli = property(lambda task: engine)


class _Engine:
    def __init__(self, start: Start) -> None:
        self._start = start
        self._created: dict[str, tuple[dict[str, Any], list[str]]] = {}
        self._started: dict[str, Asked] = {}

    def __getattr__(self, name: str) -> Any:
        raise Failure("container", f"The operator asks a Docker engine for {name}, and there is none in a local run")

    def images(self, name: str | None = None, **_: Any) -> list[Any]:
        return [name]  # whoever starts the container has it, or says that it is not there

    def pull(self, *_: Any, **__: Any) -> list[Any]:
        return []

    def create_host_config(self, **settings: Any) -> dict[str, Any]:
        return settings

    def create_container(self, image: str, **settings: Any) -> dict[str, str]:
        key = str(len(self._created) + 1)
        self._created[key] = _wanted(image, settings)
        return {"Id": key}

    def attach(self, container: str, **_: Any) -> Iterator[bytes]:
        for line in self._started[container].lines():  # begins after the start, with the first line that is read
            yield f"{line}\n".encode()

    def start(self, container: str, **_: Any) -> None:
        self._started[container] = self._start(*self._created[container])

    def wait(self, container: str, **_: Any) -> dict[str, Any]:
        ended = self._started[container].wait()
        error = {"Message": "It ran out of memory"} if ended.oom_killed else None
        return {"Error": error, "StatusCode": ended.code}

    def get_archive(self, container: str, path: str) -> tuple[list[bytes], dict[str, Any]]:
        from docker.errors import NotFound

        content = self._started[container].file(path)
        if content is None:
            raise NotFound(f"The container has no file {path}")
        name = posixpath.basename(path)
        return [_archive(name, content)], {"name": name, "size": len(content)}

    def stop(self, container: str, **_: Any) -> None:
        """It goes with the task, whoever started it sees to that."""

    remove_container = stop


def _wanted(image: str, settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The container as the contract has it, and what it is to do without."""
    from docker.utils import parse_bytes

    host = settings.get("host_config") or {}
    environ = {name: _text(value) for name, value in (settings.get("environment") or {}).items() if value is not None}
    folders, mounts = _mounts(host.get("mounts") or (), environ.get("AIRFLOW_TMP_DIR"))
    left_out = [name for name in _OF_THE_ENGINE if host.get(name)] + [n for n in ("hostname",) if settings.get(n)]
    memory, hosts = host.get("mem_limit"), host.get("extra_hosts") or {}
    return {
        "image": image,
        "entrypoint": _words(settings.get("entrypoint")),
        "command": _words(settings.get("command")),
        "environ": environ,
        "working_dir": settings.get("working_dir"),
        "user": None if settings.get("user") is None else str(settings["user"]),
        "memory": None if memory is None else int(parse_bytes(memory)),
        "network": host.get("network_mode"),
        "extra_hosts": [f"{name}:{address}" for name, address in hosts.items()] if isinstance(hosts, dict) else hosts,
        "folders": folders,
    }, mounts + left_out


def _mounts(mounts: Any, temporary: str | None) -> tuple[list[str], list[str]]:
    """Mounts that are empty folders at first, and the others in words.

    :param temporary: where the operator mounts a folder that it has just made
    """
    folders, others = [], []
    for mount in mounts:
        target = mount["Target"]
        if target == temporary or mount.get("Type") == "tmpfs":
            folders.append(target)
        else:
            others.append(f"the mount at {target}")
    return folders, others


def _words(command: Any) -> list[str] | None:
    """As docker-py takes them apart."""
    if not command:
        return None
    return shlex.split(command) if isinstance(command, str) else [str(word) for word in command]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _archive(name: str, content: bytes) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return held.getvalue()
