"""Imports Airflow 2 without a metadata database, and puts our parts in the database's place."""

from __future__ import annotations

import importlib.abc
import sys
from contextlib import contextmanager
from typing import Any, Iterator

from airlock_runtime.runner import environ
from airlock_runtime.runner.airflow2.world import World


def boot(world: World, folder: environ.PrivateFolder) -> None:
    environ.prepare(folder, "sqlite://")
    with environ.quiet_warnings():
        _boot(world)


def _boot(world: World) -> None:
    with _without_the_kubernetes_client():
        import airflow.exceptions  # noqa: F401
    from airflow import settings

    environ.imported()
    _replace_database(settings, world)
    settings.MASK_SECRETS_IN_LOGS = True  # as `airflow tasks run` does; False at import, and passwords would show
    _import_what_a_run_needs()

    from airlock_runtime.runner.airflow2 import assets, bookkeeping, secrets, sensors, xcoms

    for part in (secrets, xcoms, bookkeeping, sensors, assets):
        part.patch(world)


class _Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        if name == "airflow.providers.cncf.kubernetes.pod_generator":
            raise ImportError(name)


@contextmanager
def _without_the_kubernetes_client() -> Iterator[None]:
    """`airflow/exceptions.py` imports the whole client for two exception classes, and bears its absence.

    Boot takes 1.9 s and 95 MB instead of 5.3 s and 172 MB; the operators that need it import it later.
    """
    blocked = _Blocked()
    sys.meta_path.insert(0, blocked)
    try:
        yield
    finally:
        sys.meta_path.remove(blocked)
        # The secrets masker imports the client at the first log line, to know one class by.
        from airflow.utils.log import secrets_masker

        if hasattr(secrets_masker, "_is_v1_env_var"):
            secrets_masker._is_v1_env_var = lambda value: type(value).__name__ == "V1EnvVar"


def _replace_database(settings: Any, world: World) -> None:
    from airlock_runtime.runner.airflow2.session import RefusingEngine, SessionFactory

    settings.engine = RefusingEngine(world)
    settings.Session = SessionFactory(world)
    settings.configure_orm = lambda *args, **kwargs: None


def _import_what_a_run_needs() -> None:
    import airflow.models
    import airflow.models.dag
    import airflow.models.dagbag
    import airflow.serialization.serialized_objects
    import airflow.utils.db
    import sqlalchemy.orm

    airflow.models.import_all_models()  # the mappers name each other as strings
    sqlalchemy.orm.configure_mappers()
