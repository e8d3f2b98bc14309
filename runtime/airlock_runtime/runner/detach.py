"""Sends the outer task away before the task executes: all that can be foreseen is asked for while it is still there.

Contract: runs when the templates are rendered (what they name has been asked for by then); asks for the connections
that the operator's `*_conn_id` attributes name, defaults included, and for what the request lists. Behind the event
`detached` every question is refused with the way out.
"""

from __future__ import annotations

from typing import Any, Mapping

from airlock_runtime.runner.answers import Answers, XcomKey
from airlock_runtime.runner.request import Run

_REASON = (
    "The outer task is deferred, and nobody is there to answer. Name it in the task's send_ahead, or do without "
    "deferrable"
)


def detach_before_execute(task: Any, ahead: Mapping[str, list[str]], answers: Answers, run: Run) -> None:
    """Has Airflow's own hook call us: an isolated task's `pre_execute` acts outside, so that it is free."""

    def detach(context: Any) -> None:
        held = vars(context["task"]).items()
        named = {value for name, value in held if name.endswith("conn_id") and isinstance(value, str)}
        for conn_id in sorted(named.union(ahead["connections"])):
            answers.connection(conn_id)
        for key in ahead["variables"]:
            answers.variable(key)
        for task_id in ahead["xcoms"]:
            answers.xcom(XcomKey(run.dag_id, run.run_id, task_id, "return_value"))
        answers.missing.clear()  # what was not there is missed when it is asked for
        answers.channel.detach(_REASON)

    task._pre_execute_hook = detach
