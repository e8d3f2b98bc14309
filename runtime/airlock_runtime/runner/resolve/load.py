"""Loads a DAG file by Airflow's own `DagBag`, which alone applies the policies of `airflow_local_settings`."""

from __future__ import annotations

import inspect
import os
import re
import sys
from typing import Any

from airlock_runtime.describe.functions import without_loaded_name
from airlock_runtime.wire.outcome import Failure, is_of_the_user, message_of


def load_dags(dag_file: str) -> dict[str, Any]:
    """The DAGs of a file by id.

    :raises Failure: `dag_import` with the traceback and the user's file and line, `dag_not_found` where it has none
    """
    if not os.path.isfile(dag_file):
        raise Failure("dag_import", f"There is no file {dag_file} in the image")
    _make_dags_folder_importable(dag_file)
    try:
        bag = _dag_bag(dag_file)
    except BaseException as error:  # SystemExit at the top level of a file is not caught by Airflow
        message = without_loaded_name(message_of(error))
        raise Failure("dag_import", f"The DAG file does not import: {message}") from error
    if bag.import_errors:
        raise _import_failure(without_loaded_name(next(iter(bag.import_errors.values()))))
    if not bag.dags:
        raise Failure("dag_not_found", f"{dag_file} defines no DAG", (dag_file, 1))
    return dict(bag.dags)


def dag_bag_class() -> Any:
    """Airflow's own, which takes a third of a second to import."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    return DagBag


def _dag_bag(dag_file: str) -> Any:
    DagBag = dag_bag_class()  # noqa: N806 - as Airflow names it
    os.environ["AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACK_DEPTH"] = "64"  # it tells the last 2 frames only
    wanted = {
        "include_examples": False,
        "safe_mode": False,
        "load_op_links": False,
        "read_dags_from_db": False,
        "collect_dags": True,
    }
    known = inspect.signature(DagBag.__init__).parameters
    return DagBag(dag_folder=dag_file, **{name: value for name, value in wanted.items() if name in known})


def _make_dags_folder_importable(dag_file: str) -> None:
    """Where the file is not below the one that Airflow is set to, and which is importable already."""
    from airflow.configuration import conf

    if not dag_file.startswith(os.path.join(conf.get("core", "dags_folder"), "")):
        sys.path.append(os.path.dirname(dag_file))


_FRAME = re.compile(r'^  File "(?P<file>.+?)", line (?P<line>\d+).*\n(?:    .*\n?)*', re.MULTILINE)


class ImportFailure(Failure):
    """:param traceback: as Airflow kept it; the exception itself it did not"""

    def __init__(self, message: str, place: tuple[str, int] | None, traceback: str) -> None:
        super().__init__("dag_import", message, place)
        self.traceback = traceback


def _import_failure(text: str) -> Failure:
    frames = [(match["file"], int(match["line"])) for match in _FRAME.finditer(text)]
    users = [frame for frame in frames if is_of_the_user(frame[0])]
    shown = _FRAME.sub(lambda match: match[0] if is_of_the_user(match["file"]) else "", text).strip()
    last = shown.splitlines()[-1] if shown else "no reason given"
    return ImportFailure(f"The DAG file does not import: {last}{_hint(last)}", users[-1] if users else None, shown)


def _hint(error: str) -> str:
    """A folder of the project that is not importable in the image, a usual trap."""
    match = re.search(r"No module named '([^'.]+)", error)
    home = os.environ.get("AIRFLOW_HOME", "")
    if match and os.path.isdir(os.path.join(home, match[1])):
        return (
            f". {match[1]}/ is in {home}, which is not on Python's path: add `ENV PYTHONPATH={home}` to the Dockerfile"
        )
    return ""
