"""Arguments of every operator that act once, outside of the isolated task, and not in it as well."""

from __future__ import annotations

import re

_OUTSIDE = re.compile(
    r"on_\w+_callback|executor(_config)?|email\w*|sla|(pre|post)_execute|"
    r"retry_policy|run_as_user|resources"
)


def acts_outside(name: str) -> bool:
    """Whether an argument of that name is the outer task's alone, whoever gave it: the task, its DAG, its group."""
    return _OUTSIDE.fullmatch(name) is not None
