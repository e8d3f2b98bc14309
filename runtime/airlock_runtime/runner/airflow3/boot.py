"""Imports Airflow 3 without a metadata database, and all that a run needs, so that a waiting process is warm."""

from __future__ import annotations

import sys

from airlock_runtime.runner import environ


def boot(folder: environ.PrivateFolder) -> None:
    environ.prepare(folder, "airflow-db-not-allowed:///")
    with environ.quiet_warnings():
        import airflow  # noqa: F401 - settings.initialize(): local settings, policies, plugins
        from airflow.sdk.execution_time import comms, supervisor, task_runner  # noqa: F401

    environ.imported()
    _make_dags_folder_importable()
    _map_all_models_when_needed()
    supervisor.block_orm_access()
    _spare_the_kubernetes_client()


def _make_dags_folder_importable() -> None:
    """As `task_runner.parse` does with a bundle's folder; Airflow 2 does it at import."""
    from airflow.configuration import conf

    folder = conf.get("core", "dags_folder")
    if folder not in sys.path:
        sys.path.append(folder)


def _map_all_models_when_needed() -> None:
    """Some hooks build an ORM `Connection` when theirs is not found; mappers name each other, so all must be there.

    Importing them beforehand would cost every run over a second.
    """
    import sqlalchemy.event
    import sqlalchemy.orm

    def import_all_models() -> None:
        import airflow.models

        airflow.models.import_all_models()

    sqlalchemy.event.listen(sqlalchemy.orm.Mapper, "before_configured", import_all_models, once=True)


def _spare_the_kubernetes_client() -> None:
    """3.0's secrets masker imports `kubernetes.client` (1.5 s, 95 MB) at the first log line, to know one class."""
    masker = sys.modules.get("airflow.sdk.execution_time.secrets_masker")  # later minors keep it elsewhere
    if masker is not None and "_is_v1_env_var" in vars(masker):
        vars(masker)["_is_v1_env_var"] = lambda value: type(value).__name__ == "V1EnvVar"
