"""A task's function that runs in another Python: to Airflow it looks like the function itself."""

from __future__ import annotations

import inspect
import logging
import os
import sys
from functools import cached_property, partial
from typing import Any, Mapping

from airlock_runtime.runner.other_python.answer import parameters_of, value_of
from airlock_runtime.runner.other_python.context import part_of_context
from airlock_runtime.runner.other_python.process import Interpreter
from airlock_runtime.runner.other_python.signature import signature_in
from airlock_runtime.wire.outcome import is_of_the_user
from airlock_runtime.wire.values import NotEncodable, encode, unknown


class OtherPython:
    """
    :param modules: the project's modules that came with the request
    """

    def __init__(self, interpreter: Interpreter, modules: Mapping[str, Any]) -> None:
        self._interpreter = interpreter
        self._modules = modules
        self._given: frozenset[str] = frozenset()

    def belong_to(self, task: Any) -> None:
        """Learns what the user gives the function, all else being the context's; ends when Airflow ends the task."""
        op_kwargs = getattr(task, "op_kwargs", None)
        self._given = frozenset({"templates_dict", *(op_kwargs if isinstance(op_kwargs, Mapping) else ())})
        on_kill = task.on_kill

        def end() -> None:
            self._interpreter.end()
            on_kill()

        task.on_kill = end

    def function(self, described: Mapping[str, Any]) -> OtherPythonFunction:
        """What stands here for the callable that `$callable` describes."""
        return OtherPythonFunction(self, described)

    def call(self, described: Mapping[str, Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """What the function returns there.

        :raises Failure: what it raised there (`task`), what cannot travel, and an interpreter that fails
        """
        positional = [self._argument(f"op_args[{index}]", value) for index, value in enumerate(args)]
        named = [[name, self._named(name, value)] for name, value in kwargs.items()]
        call = {"args": positional, "kwargs": {"$dict": named}}
        return value_of(self._ask(described, call), self._interpreter.name)

    def signature(self, described: Mapping[str, Any]) -> inspect.Signature:
        """A function's signature, as its source shows it, or else as the other Python does."""
        source = described.get("source") or (self._modules.get(described["module"]) or {}).get("source")
        signature = signature_in(source, described["qualname"]) if source else None
        return signature or parameters_of(self._ask(described, None), self._interpreter.name)

    def _ask(self, described: Mapping[str, Any], call: Mapping[str, Any] | None) -> dict[str, Any]:
        folders = [path for path in sys.path if os.path.isdir(path) and is_of_the_user(os.path.join(path, ""))]
        return self._interpreter.ask(
            {
                "modules": self._modules,
                "home": os.environ.get("AIRFLOW_HOME") or os.getcwd(),
                "path": folders,
                "log_level": logging.getLogger().getEffectiveLevel(),
                "callable": described,
                "call": call,
            }
        )

    def _named(self, name: str, value: Any) -> Any:
        return self._argument(name, value) if name in self._given else part_of_context(name, value, _encode)

    def _argument(self, name: str, value: Any) -> Any:
        try:
            return _encode(value)
        except NotEncodable as error:
            where = f"{name}{error.path}" if error.path.startswith("[") or not error.path else f"{name}: {error.path}"
            message = f"The argument {where} cannot go to {self._interpreter.name}: it is {error.reason}"
            raise self._interpreter.failure("bad_argument", message) from None


class OtherPythonFunction:
    """
    :param described: as `$callable` has it (`wire/callables.py`)
    """

    def __init__(self, python: OtherPython, described: Mapping[str, Any]) -> None:
        self._python = python
        self.described = described
        self.__qualname__ = str(described["qualname"])
        self.__name__ = self.__qualname__.rpartition(".")[2]
        self.__module__ = str(described.get("module") or "")

    @cached_property
    def __signature__(self) -> inspect.Signature:
        return self._python.signature(self.described)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self._python.call(self.described, args, kwargs)


def _encode(value: Any) -> Any:
    return encode(value, _special)


def _special(value: Any, path: str) -> Any:
    if isinstance(value, OtherPythonFunction):
        return {"$callable": value.described}
    if isinstance(value, partial):
        parts = {"func": value.func, "args": list(value.args), "keywords": dict(value.keywords)}
        return {"$partial": {name: encode(part, _special) for name, part in parts.items()}}
    return unknown(value, path)
