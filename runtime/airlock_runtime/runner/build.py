"""The DAG and the task as the request describes them; the DAG file itself is never loaded.

Contract: it may not import here (another Airflow, packages that are not installed). What a task can see of its DAG
comes with the request, the operator is imported by its qualified name from the image.
"""

from __future__ import annotations

import base64
import inspect
import pickle
from datetime import datetime, timezone
from importlib import import_module
from typing import Any, Callable, Mapping

from airlock_runtime.airflow import assets
from airlock_runtime.airflow.classes import Classes
from airlock_runtime.airflow.objects import alive
from airlock_runtime.runner.mapped_xcoms import mapped_xcoms, xcom_of_instance
from airlock_runtime.runner.moved import names_of
from airlock_runtime.runner.other_python.function import OtherPython
from airlock_runtime.runner.other_python.process import Interpreter
from airlock_runtime.runner.request import Execution
from airlock_runtime.runner.surroundings import Surroundings
from airlock_runtime.wire.callables import import_qualified, revive_callable, revive_partial
from airlock_runtime.wire.outcome import Failure, message_of
from airlock_runtime.wire.values import NotDecodable, decode

_OF_THE_FUNCTION = ("python_callable", "op_args", "op_kwargs")
"""The arguments that hold a function, and what it is called with."""

Tags = Mapping[str, Callable[[Any], Any]]


class TaskBuilder:
    """:param allow_pickle: whether a value may have come as a pickle"""

    def __init__(self, execution: Execution, classes: Classes, allow_pickle: bool = False) -> None:
        self._task = execution.task
        self._allow_pickle = allow_pickle
        self._classes = classes
        self._dag: Any = None
        self._around: Surroundings
        self._templated: frozenset[str] = frozenset()
        self._extensions: tuple[str, ...] = ()
        self._in_template = False
        self._tags: Tags = {
            "$callable": lambda described: revive_callable(described, self._decode),
            "$partial": lambda described: revive_partial(described, self._decode),
            "$module": import_module,
            "$xcom": self._reference,
            "$literal": self._literal,
            "$pickle": self._unpickled,
            **assets.tags(classes),
        }

    def build(self) -> Any:
        """The task, in a DAG of its own with a placeholder for each of the DAG's other tasks.

        :raises Failure: `operator_not_found`, `import`, `bad_argument`, `protocol`
        """
        operator = self._operator()
        self._dag = self._made(self._build_dag)
        self._around = Surroundings(self._dag, self._task, self._classes)
        self._templated = frozenset(getattr(operator, "template_fields", ()))
        self._extensions = tuple(getattr(operator, "template_ext", ()))
        kwargs, python = self._kwargs(operator)
        try:
            task = operator(task_id=self._task["task_id"], dag=self._dag, **kwargs)
        except Exception as error:
            message = f"{operator.__name__} of this image does not take what it was called with: {message_of(error)}"
            raise Failure("bad_argument", message, self._source()) from error
        if python is not None:
            python.belong_to(task)
        self._made(lambda: self._around.lay(task))
        return task

    def _made(self, make: Callable[[], Any]) -> Any:
        """What is made of the request's facts of the DAG, which Airflow itself may find wrong: ids, dates, tags."""
        try:
            return make()
        except Failure:
            raise
        except Exception as error:
            message = f"What the request says of the DAG makes none in this image: {message_of(error)}"
            raise Failure("protocol", message, self._source()) from error

    def _kwargs(self, operator: Any) -> tuple[dict[str, Any], OtherPython | None]:
        """What to call the operator with, and the other Python that its function runs in."""
        given: dict[str, Any] = {name: value for name, value in self._task["kwargs"].items() if name != "task_id"}
        name = self._task.get("python")
        if name is not None and "python" in inspect.signature(operator.__init__).parameters:
            given, name = {"python": name, **given}, None  # ExternalPythonOperator has an interpreter of its own
        python = None if name is None else self._other_python(name)
        tags = self._tags if python is None else self._tags_of(python)
        return {
            name: self._revive_argument(name, value, tags if name in _OF_THE_FUNCTION else None)
            for name, value in given.items()
        }, python

    def _other_python(self, name: str) -> OtherPython:
        if "python_callable" not in self._task["kwargs"]:
            message = f"python={name!r} runs a task's python_callable in another Python, and this task has none"
            raise Failure("bad_argument", message, self._source())
        return OtherPython(Interpreter(name, self._source()), self._task.get("modules") or {})

    def _tags_of(self, python: OtherPython) -> Tags:
        """Functions that are called with, or handed to, the other Python's are its own."""
        tags: dict[str, Callable[[Any], Any]] = {**self._tags, "$callable": python.function}
        tags["$partial"] = lambda described: revive_partial(described, lambda value: decode(value, tags))
        return tags

    def _operator(self) -> Any:
        name = self._task.get("operator")
        if not name:
            raise Failure("operator_not_found", f"Nothing is known of the operator of {self._task['task_id']}")
        absent: BaseException | None = None
        for known_as in names_of(name):
            try:
                return import_qualified(known_as)
            except (Exception, SystemExit) as error:
                if not _is_absent(known_as, error):
                    message = f"{name} does not import in this image: {message_of(error)}"
                    raise Failure("import", message, self._source()) from error
                absent = absent or error
        raise self._not_found(name, absent) from absent

    def _not_found(self, name: str, error: BaseException | None) -> Failure:
        message = f"This image has no {name} ({error}): add the package that has it to the environment's requirements"
        return Failure("operator_not_found", message, self._source())

    def _source(self) -> tuple[str, int] | None:
        source = self._task.get("source")
        return (source["file"], source["line"]) if source else None

    def _build_dag(self) -> Any:
        facts: Mapping[str, Any] = self._task["dag"]
        known = inspect.signature(self._classes.dag.__init__).parameters
        arguments = {
            "start_date": self._revive("dag.start_date", facts.get("start_date"))
            or datetime(2020, 1, 1, tzinfo=timezone.utc),
            "params": {name: self._revive(f"params.{name}", v) for name, v in (facts.get("params") or {}).items()},
            "template_searchpath": facts.get("template_searchpath") or None,
            "template_undefined": _undefined(facts.get("template_undefined")),
            "render_template_as_native_obj": bool(facts.get("render_template_as_native_obj")),
            "user_defined_macros": self._named(facts.get("user_defined_macros")),
            "user_defined_filters": self._named(facts.get("user_defined_filters")),
            "default_args": self._named(facts.get("default_args")),
            "tags": facts.get("tags") or None,
            "end_date": self._revive("dag.end_date", facts.get("end_date")),
            "catchup": bool(facts.get("catchup")),
            **{name: facts.get(name) for name in ("description", "doc_md", "max_active_runs", "max_active_tasks")},
        }
        given = {name: value for name, value in arguments.items() if name in known and value is not None}
        schedule = self._revive("dag.schedule", facts.get("schedule"))
        dag = self._classes.dag(self._task["dag_id"], **given, schedule=schedule)
        if facts.get("dag_file"):
            dag.fileloc = facts["dag_file"]
        self._lay_template_files(dag, facts)
        return dag

    def _named(self, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
        return {name: self._revive(name, value) for name, value in values.items()} if values else None

    def _lay_template_files(self, dag: Any, facts: Mapping[str, Any]) -> None:
        """The template files that came along win over the image's; the folders are as Airflow's own."""
        files = facts.get("template_files")
        if not files:
            return
        from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader

        folders = [dag.folder, *(dag.template_searchpath or ())]
        loader = ChoiceLoader([DictLoader(files), FileSystemLoader(folders)])
        dag.jinja_environment_kwargs = {**(dag.jinja_environment_kwargs or {}), "loader": loader}

    def _revive_argument(self, name: str, value: Any, tags: Tags | None = None) -> Any:
        self._in_template = name in self._templated
        try:
            return self._revive(name, value, tags)
        finally:
            self._in_template = False

    def _literal(self, value: Any) -> Any:
        """A value that was resolved before: only where it would be rendered is it marked as one that is not."""
        plain = alive(value, allow_pickle=self._allow_pickle)
        if self._in_template and _could_be_template(plain, self._extensions):
            return self._classes.literal(plain)
        return plain

    def _unpickled(self, text: str) -> Any:
        if self._task.get("isolated", True):
            raise NotDecodable("it came as a pickle, which only a task that stays in the parent image may have")
        return pickle.loads(base64.b64decode(text))

    def _revive(self, name: str, value: Any, tags: Tags | None = None) -> Any:
        try:
            return decode(value, tags or self._tags)
        except NotDecodable as error:
            raise Failure("protocol", f"{name}: {error}") from error
        except Failure:
            raise
        except Exception as error:
            message = f"The argument {name} does not come to life in this image: {message_of(error)}"
            raise Failure("import", message, self._source()) from error

    def _decode(self, value: Any) -> Any:
        return decode(value, self._tags)

    def _reference(self, described: Mapping[str, Any]) -> Any:
        task_id, key = described["task_id"], described.get("key") or "return_value"
        if described.get("mapped"):
            return mapped_xcoms(self._classes.resolvable, task_id, key)
        if "map_index" in described:
            return xcom_of_instance(self._classes.resolvable, task_id, key, described["map_index"])
        return self._classes.xcom_arg(self._around.placeholder(task_id), key)


def _could_be_template(value: Any, extensions: tuple[str, ...]) -> bool:
    """Whether a text in it would be changed by rendering."""
    if isinstance(value, str):
        return "{" in value or (bool(extensions) and value.endswith(extensions))
    if isinstance(value, Mapping):
        return any(_could_be_template(part, extensions) for part in value.values())
    return isinstance(value, (list, tuple, set)) and any(_could_be_template(part, extensions) for part in value)


def _is_absent(name: str, error: BaseException) -> bool:
    """Whether there is no module or no class of that name, and not a module that lacks another."""
    if isinstance(error, ModuleNotFoundError):
        return bool(error.name) and f"{name}.".startswith(f"{error.name}.")
    return isinstance(error, AttributeError)


def _undefined(name: Any) -> Any:
    """A Jinja class such as `jinja2.runtime.StrictUndefined`, by name."""
    return import_qualified(name) if isinstance(name, str) else None
