"""What the outer task has resolved itself goes to the inner one as it is, and is not rendered there.

Contract: XCom references of every kind (`map`, `zip`, `concat`, arguments of a mapped task group) are resolved by
Airflow, out here; Airflow itself does not render what comes out of them either.
"""

from __future__ import annotations

from typing import Any, Mapping

from airlock_runtime.wire.callables import ByName
from airlock_runtime.wire.values import Literal


def resolved(value: Any, context: Any, resolvable: Any, known: set[int]) -> Any:
    """A value with what was to be resolved in it resolved, and marked.

    :param resolvable: Airflow's class of what is resolved when a task runs
    :param known: ids of the values that Airflow took from XComs when it expanded a mapped task
    """
    if isinstance(value, resolvable):
        return Literal(value.resolve(context))
    if id(value) in known:
        return Literal(value)
    if isinstance(value, ByName):
        return value
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(resolved(part, context, resolvable, known) for part in value)
    if isinstance(value, Mapping) and type(value) is dict:
        return {name: resolved(part, context, resolvable, known) for name, part in value.items()}
    return value
