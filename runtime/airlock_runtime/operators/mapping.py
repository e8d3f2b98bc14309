"""`IsolatedOperator.partial(...).expand(...)`, over arguments of the inner operator too.

Contract: stock Airflow maps only over arguments that `__init__` names (`validate_mapping_kwargs`, 2.9 to 3.3), and the
inner operator's are not among ours. All else of mapping is Airflow's own.
"""

from __future__ import annotations

from typing import Any, Mapping

from airlock_runtime.operators.arguments import base_arguments, operator_name
from airlock_runtime.operators.compat import (
    BaseOperator,
    DictOfListsExpandInput,
    OperatorPartial,
    XComArg,
    is_mappable,
)
from airlock_runtime.operators.reschedule import wait_for_reschedule


class IsolatedPartial(OperatorPartial):  # type: ignore[misc]
    """What `IsolatedOperator.partial` returns."""

    @classmethod
    def of(cls, operator_class: Any, task_id: str, kwargs: Mapping[str, Any]) -> IsolatedPartial:
        if "operator" in kwargs:  # of a class Airflow would give its whole source to the scheduler
            kwargs = {**kwargs, "operator": operator_name(task_id, kwargs["operator"])}
        own = base_arguments() | operator_class.own_arguments()
        known = {name: value for name, value in kwargs.items() if name in own}
        # Airflow's own function: BaseOperator keeps it for its subclasses in a descriptor.
        held = next(vars(kind)["partial"] for kind in BaseOperator.__mro__ if "partial" in vars(kind))
        stock = held.class_method.__get__(operator_class, operator_class)
        begun = stock(task_id=task_id, **known)
        begun._expand_called = True  # it only lends its arguments, and must not warn of never being mapped
        inner = {name: value for name, value in kwargs.items() if name not in own}
        return cls(operator_class=operator_class, kwargs={**begun.kwargs, **inner}, params=begun.params)

    def __attrs_post_init__(self) -> None:
        """What the inner operator takes is known where it runs."""

    def expand(self, **mapped_kwargs: Any) -> Any:
        """As Airflow's; the names of the inner operator's arguments are checked where it runs."""
        if not mapped_kwargs:
            raise TypeError("no arguments to expand against")
        for name, value in mapped_kwargs.items():
            if not is_mappable(value):
                kind = type(value).__name__
                raise ValueError(f"IsolatedOperator.expand() got an unexpected type {kind!r} for the argument {name}")
        twice = sorted(self.kwargs.keys() & mapped_kwargs.keys())
        if twice:
            raise TypeError(f"unmappable or already specified arguments: {', '.join(twice)}")
        return self._expand(DictOfListsExpandInput(mapped_kwargs), strict=False)

    def _expand(self, *args: Any, **kwargs: Any) -> Any:
        mapped = super()._expand(*args, **kwargs)
        # Airflow does this for templated fields, and the inner operator's are rendered elsewhere.
        XComArg.apply_upstream_relationship(mapped, mapped.partial_kwargs)
        if mapped.partial_kwargs.get("mode") == "reschedule":
            wait_for_reschedule(mapped)
        return mapped
