"""The requests that need Airflow: loads it, and hands over.

Contract: always an outcome; a refusal (`channel.Refused`) of what only a metadata database could do is one too.
"""

from __future__ import annotations

import sys
from typing import Any, Collection, Mapping

from airlock_runtime.airflow.classes import airflow_classes
from airlock_runtime.runner import sent_modules
from airlock_runtime.runner.answers import answers_of
from airlock_runtime.runner.build import TaskBuilder
from airlock_runtime.runner.channel import Channel, Refused
from airlock_runtime.runner.containers.stand_in import stand_in
from airlock_runtime.runner.detach import detach_before_execute
from airlock_runtime.runner.differences import warning
from airlock_runtime.runner.environ import PrivateFolder, lay, trivial
from airlock_runtime.runner.events import Events
from airlock_runtime.runner.generation import Generation, generation
from airlock_runtime.runner.request import execution_of
from airlock_runtime.wire.outcome import Failure, Outcome, failed


def serve_with_airflow(
    kind: str, request: Mapping[str, Any], channel: Channel, events: Events, folder: PrivateFolder
) -> Outcome:
    """Serves a `resolve` or an `execute` request."""
    try:
        _check_imported(request.get("changed") or ())
        if kind == "resolve":
            return _resolve(request, channel, events, folder)
        return _execute(request, channel, events, folder)
    except Refused as refusal:
        return failed(refusal, "refused")
    except Failure as failure:
        return failed(failure, failure.code)


def _check_imported(changed: Collection[str]) -> None:
    """A runner that has waited has imported what Airflow imports: plugins, and the project's modules that they use."""
    if not changed:
        return
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    outdated = sorted(file for file in files.intersection(changed) if file)
    if outdated:
        raise Failure("spare_outdated", f"Changed since the runner imported it: {', '.join(outdated)}")


def _resolve(request: Mapping[str, Any], channel: Channel, events: Events, folder: PrivateFolder) -> Outcome:
    from airlock_runtime.runner.resolve.resolve import resolve

    airflow = _airflow(request, events, folder)
    answers = answers_of(request, channel)
    airflow.answer(answers)
    for tasks in resolve(request, answers, airflow_classes(), events):
        channel.send({"event": "resolved", "tasks": tasks})
    return Outcome()


def _execute(request: Mapping[str, Any], channel: Channel, events: Events, folder: PrivateFolder) -> Outcome:
    execution = execution_of(request)
    airflow = _airflow(request, events, folder)
    answers = answers_of(request, channel, execution.run.dag_id, execution.run.run_id)
    for conn_id in list(answers.connections):
        airflow.mask(answers.connection(conn_id) or {})
    airflow.answer(answers)
    modules = execution.task.get("modules") or {}
    sent_modules.install(modules)
    task = TaskBuilder(execution, airflow_classes(), answers.pickle).build()
    folders = [task.dag.folder, *(task.dag.template_searchpath or ())]
    differences = warning(modules, execution.task["dag"].get("template_files") or {}, folders)
    if differences:
        events.log(differences, level="warning")
    if request.get("render_only"):
        _only_render(task)
    if request.get("containers"):
        stand_in(task, answers, request.get("environ") or {}, events, pods=bool(request.get("pods")))
    if request.get("detach"):
        detach_before_execute(task, request["detach"], answers, execution.run)
    return airflow.execute(execution, task, answers, events)


def _airflow(request: Mapping[str, Any], events: Events, folder: PrivateFolder) -> Generation:
    """The image's Airflow in the project's environment, whose secrets it does not show."""
    variables: Mapping[str, str] = request.get("environ") or {}
    lay(variables)
    airflow = generation()
    airflow.boot(events, folder)
    for name, value in variables.items():
        if not trivial(value):
            airflow.mask_variable(name, value)
    return airflow


def _only_render(task: Any) -> None:
    """Airflow does all that it does around an operator, which does nothing and leaves no XCom."""
    task.execute = task.pre_execute = lambda context: None
    task.post_execute = lambda context, result=None: None
    task.do_xcom_push = False
    task._pre_execute_hook = task._post_execute_hook = None
