"""A reference to the XComs of all instances of a mapped task.

Contract: resolved when the task runs, to a list in the order of the map indexes. (Airflow's own resolves to a lazy
sequence of them, for which it must know the mapped operator.)
"""

from __future__ import annotations

from typing import Any


def mapped_xcoms(resolvable: Any, task_id: str, key: str) -> Any:
    """:param resolvable: Airflow's class of what is resolved when a task runs"""

    class MappedXComs(resolvable):  # type: ignore[misc]
        def iter_references(self) -> Any:
            return iter(())  # what is upstream is laid as the request says

        def resolve(self, context: Any, *_: Any, **__: Any) -> list[Any]:
            values = context["ti"].xcom_pull(task_ids=[task_id], key=key)
            return [value for value in values if value is not None]

    return MappedXComs()
