"""Airflow 3's messages grow fields between minors: they are filled from what each minor's model says it has."""

from __future__ import annotations

from typing import Any


def fill(model: Any, **values: Any) -> Any:
    """A pydantic model of a bag of values: what it does not know is dropped, what it lacks and requires is None."""
    known: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        alias = field.alias or name
        if name in values or alias in values:
            known[alias] = values.get(name, values.get(alias))
        elif field.is_required():
            known[alias] = None
    return model(**known)
