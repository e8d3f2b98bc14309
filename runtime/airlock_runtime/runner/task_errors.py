"""What a failed task's error is about: a missing connection is told as such, with where it was looked for."""

from __future__ import annotations

import traceback
from typing import Any, Mapping

from airlock_runtime.runner.answers import Answers
from airlock_runtime.wire.outcome import Failure, Outcome, failed, message_of

_NOT_FOUND = {"AirflowNotFoundException": "connection", "KeyError": "variable", "AirflowRuntimeError": ""}
"""What Airflow raises for a connection or a variable that is not there (2.9 to 3.3)."""


def task_failed(
    state: str, error: BaseException | None, answers: Answers, source: Mapping[str, Any] | None = None
) -> Outcome:
    """The outcome of a task that raised.

    :param source: where the DAG file calls the operator: a template that fails has no other place of the user's
    """
    if error is None:
        return Outcome(state, {"code": "task", "message": f"The task ended as {state}"}, answers.missing)
    code, message = "task", ""
    missing = _cause(error, answers)
    if isinstance(error, Failure):
        code = error.code
    elif _while_serializing(error):
        code, message = "xcom_not_serializable", f"What the task returned cannot leave it: {message_of(error)}"
    elif missing is not None:
        code, message = f"missing_{missing['kind']}", _looked_for(missing, answers)
    templated = _templated_field(error)
    if templated and not message:
        message = f"{templated}: {message_of(error)}"
    outcome = failed(error, code, answers.missing, message)
    if templated and source and outcome.error is not None and "file" not in outcome.error:
        outcome.error.update(file=source["file"], line=source["line"])
    outcome.state = state
    return outcome


def _while_serializing(error: BaseException) -> bool:
    """Whether Airflow's XCom backend raised it, and no code of the task."""
    names = {frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)}
    return "serialize_value" in names


def _templated_field(error: BaseException) -> str | None:
    """The field whose template Airflow was rendering, which only the frame that renders it knows (2.9 to 3.3)."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    names = (f.f_locals.get("attr_name") for f in frames if f.f_code.co_name == "_do_render_template_fields")
    return next((name for name in names if isinstance(name, str)), None)


def _cause(error: BaseException, answers: Answers) -> dict[str, str] | None:
    """The missing connection or variable that the error names."""
    if type(error).__name__ not in _NOT_FOUND:
        return None
    text = message_of(error)
    return next((m for m in answers.missing if m["kind"] != "xcom" and m["id"] in text), None)


def _looked_for(missing: dict[str, str], answers: Answers) -> str:
    kind, name = missing["kind"], missing["id"]
    prefix = {"connection": "AIRFLOW_CONN_", "variable": "AIRFLOW_VAR_"}[kind]
    places = [f"{prefix}{name.upper()} and the secrets backends of the image", f"the {kind}s of {answers.answered_by}"]
    said = f" ({answers.refusals[name]})" if name in answers.refusals else ""
    return f"The {kind} {name!r} is not there. It was looked for in {' and in '.join(places)}{said}"
