"""Encodes what an operator was called with: plain values, XCom references, and callables by name or by source.

Contract: what cannot travel raises `NotEncodable` with where it stands and what it is.
"""

from __future__ import annotations

import ast
import base64
import inspect
import os
import pickle
import sys
from contextlib import suppress
from functools import partial, reduce
from types import FunctionType, ModuleType
from typing import Any, Mapping

from airlock_runtime.airflow import assets
from airlock_runtime.airflow.classes import Classes
from airlock_runtime.airflow.objects import neutral
from airlock_runtime.describe import functions
from airlock_runtime.describe.grouped import GroupInstance, has_instances
from airlock_runtime.describe.modules import ProjectModules
from airlock_runtime.describe.slice import Slicer
from airlock_runtime.describe.source import SourceFile, read_source, root_name
from airlock_runtime.wire.callables import ByName
from airlock_runtime.wire.outcome import is_of_the_user
from airlock_runtime.wire.values import Literal, NotEncodable, encode

_LAMBDA = "_airlock_lambda"


class TaskEncoder:
    """
    :param modules: gathers the project's modules that the task's callables import
    :param stays: whether the task runs in the image that describes it, where pickles are read as they were written
    :param of_group: of a task of a mapped task group, which instance
    """

    def __init__(
        self,
        classes: Classes,
        dag_file: str,
        modules: ProjectModules,
        stays: bool = False,
        of_group: GroupInstance | None = None,
    ) -> None:
        self._stays = stays
        self._of_group = of_group
        self._classes = classes
        self._dag_file = dag_file
        self._modules = modules
        self._sources: dict[str, SourceFile] = {}

    def encode(self, value: Any) -> Any:
        """:raises NotEncodable: for what cannot travel"""
        return encode(value, self._special)

    def _special(self, value: Any, path: str) -> Any:
        if isinstance(value, self._classes.plain_xcom_arg):
            return {"$xcom": self._reference(value)}
        if isinstance(value, self._classes.mapped_argument) and self._of_group:
            return {"$literal": neutral(self._of_group.value(value))}  # Airflow renders none of it
        if isinstance(value, self._classes.xcom_arg):
            raise NotEncodable(path, "an XCom changed by map(), zip() or concat(), which is not supported yet")
        asset = assets.described(value, self._classes)
        if asset is not None:
            return asset
        if self._of_dag(value):
            raise NotEncodable(path, "part of the DAG itself, which is not there where the task runs")
        if isinstance(value, self._classes.param):
            return encode(value.value if value.has_value else None, self._special)
        if isinstance(value, Literal):
            return {"$literal": neutral(value.value)}
        if isinstance(value, ByName):
            module, _, qualname = value.name.rpartition(".")
            return {"$callable": {"module": module, "qualname": qualname}}
        if isinstance(value, ModuleType):
            self._modules.add(value.__name__)
            return {"$module": value.__name__}
        if isinstance(value, partial):
            parts = {"func": value.func, "args": list(value.args), "keywords": dict(value.keywords)}
            return {"$partial": {name: encode(part, self._special) for name, part in parts.items()}}
        if callable(value):
            return {"$callable": self._callable(value, path)}
        if self._stays and not functions.is_of_dag_file(type(value).__module__):
            with suppress(Exception):  # it holds what has no form, such as a lock
                return {"$pickle": base64.b64encode(pickle.dumps(value)).decode()}
        raise NotEncodable(path, functions.why_nameless(value))

    def _reference(self, value: Any) -> dict[str, Any]:
        reference = {"task_id": value.operator.task_id, "key": value.key}
        if self._of_group and self._of_group.has(value.operator):
            return {**reference, "map_index": self._of_group.map_index}
        mapped = has_instances(value.operator, self._classes.mapped_operator)
        return {**reference, "mapped": True} if mapped else reference

    def _of_dag(self, value: Any) -> bool:
        classes = self._classes
        return isinstance(value, (classes.dag, classes.abstract_operator, classes.task_group, classes.xcom_arg))

    def _callable(self, value: Any, path: str) -> dict[str, Any]:
        module, qualname = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
        named = functions.has_name(value)
        if named and module and not functions.is_of_dag_file(module):
            self._modules.add(module)
            return {"module": module, "qualname": qualname}
        if named or functions.is_under_decorator(value):
            return self._by_source(inspect.getfile(inspect.unwrap(value)), value, qualname)
        if isinstance(value, FunctionType):
            return self._detached(value, path)
        owner = functions.owner_of_classmethod(value)
        if owner is not None:
            described = self._callable(owner, path)
            return {**described, "qualname": f"{described['qualname']}.{value.__name__}"}
        raise NotEncodable(path, functions.why_nameless(value))

    def _by_source(self, file: str, value: Any, qualname: str) -> dict[str, Any]:
        """A function or class at module level, which travels with what it needs."""
        live = vars(sys.modules[value.__module__])
        file = str(live.get("__file__") or file)
        slicer = self._slicer(file, live, {})
        slicer.take(qualname.partition(".")[0])
        return self._described(slicer, file, qualname, slicer.text())

    def _detached(self, function: FunctionType, path: str) -> dict[str, Any]:
        """A lambda, or a function inside another one: alone, with what it closes over as values."""
        file = function.__code__.co_filename
        node = functions.find_node(function, self._source(file, function.__globals__))
        if node is None:
            raise NotEncodable(path, f"{function.__qualname__}, whose source is not found in {file}")
        if functions.changes_closure(node):
            raise NotEncodable(path, f"{function.__qualname__}, which changes a variable of the function around it")
        slicer = self._slicer(file, function.__globals__, functions.free_values(function))
        if isinstance(node, ast.Lambda):
            name = _LAMBDA
            slicer.take_node(node, name)
            target = ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=node)
            text = slicer.text(ast.copy_location(target, node))
        else:
            name = node.name
            slicer.take_node(node, name)
            text = slicer.text()
        described = self._described(slicer, file, name, text)
        if function.__defaults__:  # they are worth what they were when the function was made
            described["defaults"] = self.encode(function.__defaults__)
        if function.__kwdefaults__:
            described["kwdefaults"] = self.encode(function.__kwdefaults__)
        return described

    def _described(self, slicer: Slicer, file: str, name: str, text: str) -> dict[str, Any]:
        self._modules.add_imports(slicer.nodes())
        stem = os.path.splitext(os.path.basename(file))[0]
        described = {"module": stem, "qualname": name, "file": file, "source": text}
        return {**described, "globals": slicer.values} if slicer.values else described

    def _slicer(self, file: str, live: Mapping[str, Any], free: Mapping[str, Any]) -> Slicer:
        source = self._source(file, live)
        return Slicer(source, live, free, self._special_value, self._of_dag, lambda node: _of_airflow(node, live))

    def _special_value(self, value: Any, name: str) -> Any:
        try:
            return self.encode(value)
        except NotEncodable as error:
            raise NotEncodable(name, error.reason) from error

    def _source(self, file: str, live: Mapping[str, Any]) -> SourceFile:
        if file not in self._sources:
            if not is_of_the_user(file):
                raise NotEncodable("", f"a function inside another one of {file}, which is not the project's")
            self._sources[file] = read_source(file, lambda node: self._opens_dag(node, live))
        return self._sources[file]

    def _opens_dag(self, node: ast.expr, live: Mapping[str, Any]) -> bool:
        """Whether `with node:` is a DAG's or a task group's."""
        value = _look_up(node.func if isinstance(node, ast.Call) else node, live)
        kinds = (self._classes.dag, self._classes.task_group)
        return isinstance(value, kinds) or (isinstance(value, type) and issubclass(value, kinds))


def _of_airflow(decorator: ast.expr, live: Mapping[str, Any]) -> bool:
    value = live.get(root_name(decorator) or "")
    while isinstance(value, partial):  # `team_task = partial(task.isolated, environment="team")`
        value = value.func
    module = str(getattr(value, "__module__", None) or getattr(value, "__name__", None) or type(value).__module__)
    if not module.startswith(("airflow", "airlock_runtime")):
        module = type(value).__module__
    return module.partition(".")[0] in ("airflow", "airlock_runtime")


def _look_up(node: ast.expr, live: Mapping[str, Any]) -> Any:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    try:
        return reduce(getattr, parts, live.get(node.id))
    except AttributeError:
        return None
