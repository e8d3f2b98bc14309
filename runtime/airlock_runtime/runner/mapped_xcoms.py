"""References to the XComs of the instances of a mapped task: of all, or of one.

Contract: resolved when the task runs; those of all to a list in the order of the map indexes. (Airflow's own resolves
to a lazy sequence of them, for which it must know the mapped operator.)
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from airlock_runtime.airflow.versions import airflow_release


def mapped_xcoms(resolvable: Any, task_id: str, key: str) -> Any:
    """:param resolvable: Airflow's class of what is resolved when a task runs"""

    class MappedXComs(resolvable):  # type: ignore[misc]
        def iter_references(self) -> Any:
            return iter(())  # what is upstream is laid as the request says

        def resolve(self, context: Any, *_: Any, **__: Any) -> list[Any]:
            values = _pulled(context["ti"], task_id, key)
            return [value for value in values if value is not None]

    return MappedXComs()


def xcom_of_instance(resolvable: Any, task_id: str, key: str, map_index: int) -> Any:
    """:param resolvable: Airflow's class of what is resolved when a task runs"""

    class XComOfInstance(resolvable):  # type: ignore[misc]
        def iter_references(self) -> Any:
            return iter(())  # what is upstream is laid as the request says

        def resolve(self, context: Any, *_: Any, **__: Any) -> Any:
            return context["ti"].xcom_pull(task_ids=task_id, key=key, map_indexes=map_index)

    return XComOfInstance()


def _pulled(instance: Any, task_id: str, key: str) -> Any:
    if airflow_release()[:2] != (3, 0):
        return instance.xcom_pull(task_ids=[task_id], key=key)
    # There `xcom_pull` is of one instance; the lazy sequence looks at this much of a reference.
    from airflow.sdk.execution_time.lazy_sequence import LazyXComSequence

    source = SimpleNamespace(dag_id=instance.dag_id, task_id=task_id)
    return LazyXComSequence(xcom_arg=SimpleNamespace(operator=source, key=key), ti=instance)
