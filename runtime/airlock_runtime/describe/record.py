"""Records what every operator is called with, and where.

Contract: the outermost call's own arguments. (What Airflow keeps itself, `_BaseOperator__init_kwargs`, has what
`super().__init__` got, defaults merged, and templates already read from files.)
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from airlock_runtime.wire.outcome import is_of_the_user


@dataclass(frozen=True)
class Call:
    """
    :param file: the user's own file, and the line, where the operator is called
    """

    kwargs: dict[str, Any]
    file: str | None
    line: int


_ATTRIBUTE = "_airlock_call"
_MADE = "_airlock_post_init"


def record_calls(operator_meta: Any, mapped_operator: Any, dag_file: str) -> None:
    """From now on every operator keeps its call, and one that is mapped where `expand` is called.

    :param operator_meta: Airflow's metaclass of operators, which defines no `__call__` in any version
    :param mapped_operator: Airflow's class, whose subclasses call its `__attrs_post_init__`, too
    """

    def call(cls: Any, *args: Any, **kwargs: Any) -> Any:
        recorded = dict(kwargs)
        operator = type.__call__(cls, *args, **kwargs)
        if type(operator) is cls and _ATTRIBUTE not in operator.__dict__:
            operator.__dict__[_ATTRIBUTE] = Call(recorded, *_caller(dag_file))
        return operator

    # Airflow's own, where a process records the calls of one file after another.
    made = getattr(mapped_operator, _MADE, mapped_operator.__attrs_post_init__)

    def expanded(self: Any) -> None:
        made(self)
        self.__dict__[_ATTRIBUTE] = Call({}, *_caller(dag_file))

    operator_meta.__call__ = call
    setattr(mapped_operator, _MADE, made)
    mapped_operator.__attrs_post_init__ = expanded


def take_call(operator: Any, call: Call) -> None:
    """Gives an operator another call than the one that made it."""
    operator.__dict__[_ATTRIBUTE] = call


def call_of(operator: Any) -> Call:
    """The recorded call; of an isolated task that nobody recorded, the one that it keeps itself."""
    call = operator.__dict__.get(_ATTRIBUTE) or operator.__dict__.get("_call")
    return call if isinstance(call, Call) else Call({}, None, 0)


def callers_place(frame: Any) -> tuple[str | None, int]:
    """The file and line of the user's that this frame was called from."""
    while frame is not None and not (is_of_the_user(frame.f_code.co_filename) and _is_theirs(frame)):
        frame = frame.f_back
    return (None, 0) if frame is None else (frame.f_code.co_filename, frame.f_lineno)


def _caller(dag_file: str) -> tuple[str | None, int]:
    frame: Any = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename == dag_file:
            return dag_file, frame.f_lineno
        frame = frame.f_back
    return None, 0


def _is_theirs(frame: Any) -> bool:
    """Whether a frame is not of this package, which need not be installed among others."""
    return str(frame.f_globals.get("__name__")).partition(".")[0] != "airlock_runtime"
