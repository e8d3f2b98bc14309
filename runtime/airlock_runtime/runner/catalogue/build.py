"""Builds the catalogue of an image: every operator, with what is its own. Flattening is the reader's.

Contract: the JSON is `{"format": 1, "python", "airflow", "distributions", "classes", "aliases", "problems"}`; a class
has `template_fields`, `template_ext` and `abstract` only where it says so itself.
"""

from __future__ import annotations

import gc
import platform
from importlib import metadata
from typing import Any

from airlock_runtime.airflow.versions import airflow_version
from airlock_runtime.runner.catalogue.fields import Fields
from airlock_runtime.runner.catalogue.files import Files
from airlock_runtime.runner.catalogue.names import Found, Names
from airlock_runtime.runner.catalogue.signature import first_paragraph, is_abstract, signature
from airlock_runtime.runner.channel import Channel
from airlock_runtime.wire.outcome import Outcome

_ROOTS = ("airflow.sdk.bases.operator.BaseOperator", "airflow.models.baseoperator.BaseOperator")


def serve_catalogue(channel: Channel) -> Outcome:
    """Answers a `catalogue` request."""
    channel.send({"event": "catalogue", "catalogue": build_catalogue()})
    return Outcome()


def build_catalogue(path: list[str] | None = None) -> dict[str, Any]:
    """
    :param path: folders to look in, Python's own path by default
    """
    collecting = gc.isenabled()
    gc.disable()  # a third of the time: syntax trees are many objects and no rubbish
    try:
        return _Catalogue(Files(path)).build()
    finally:
        if collecting:
            gc.enable()


class _Catalogue:
    def __init__(self, files: Files) -> None:
        self._files = files
        self._names = Names(files)
        self._fields = Fields(self._names)
        self._operators: dict[str, bool] = {}

    def build(self) -> dict[str, Any]:
        classes: dict[str, Any] = {}
        aliases: dict[str, str] = {}
        for module, _ in self._files.holders():
            self._read_module(module, classes)
        for package in ("airflow", "airflow.sdk", "airflow.models", "airflow.operators", "airflow.sensors"):
            self._read_aliases(package, aliases)
        for root in _ROOTS:
            self._alias(aliases, root, self._names.find(*root.rsplit(".", 1)))
        return {
            "format": 1,
            "python": platform.python_version(),
            "airflow": airflow_version(),
            "distributions": _distributions(),
            "classes": classes,
            "aliases": dict(sorted((alias, target) for alias, target in aliases.items() if target in classes)),
            "problems": self._names.problems,
        }

    def _read_module(self, module: str, classes: dict[str, Any]) -> None:
        scope = self._names.scope(module)
        for node in scope.classes() if scope else ():
            found = Found(scope, node) if scope else None
            if found is not None and self._is_operator(found):
                self._describe(found, classes)

    def _describe(self, found: Found, classes: dict[str, Any]) -> None:
        """A class and all operators that it is derived from, wherever they are."""
        if found.qualified in classes:
            return
        bases = list(self._names.bases(found))
        described: dict[str, Any] = {
            "line": found.node.lineno,
            "file": found.scope.file,
            "bases": [base.qualified for base in bases],
            "doc": first_paragraph(found.node),
        }
        if is_abstract(found.node):
            described["abstract"] = True
        for attribute in ("template_fields", "template_ext"):
            value = self._fields.own(found, attribute)
            if value is not None:
                described[attribute] = value
        classes[found.qualified] = {**described, **signature(found.node)}
        for base in bases:
            if self._is_operator(base):
                self._describe(base, classes)

    def _is_operator(self, found: Found) -> bool:
        name = found.qualified
        if name not in self._operators:
            self._operators[name] = name in _ROOTS
            self._operators[name] = name in _ROOTS or any(self._is_operator(b) for b in self._names.bases(found))
        return self._operators[name]

    def _read_aliases(self, package: str, aliases: dict[str, str]) -> None:
        scope = self._names.scope(package)
        if scope is None:
            return
        for name in scope.lazy:
            self._alias(aliases, f"{package}.{name}", self._names.find(package, name))
        for module, names in scope.submodules.items():
            for name in names:
                self._alias(aliases, f"{module}.{name}", self._names.find(module, name))

    def _alias(self, aliases: dict[str, str], alias: str, found: Found | None) -> None:
        if found is not None and found.qualified != alias:
            aliases[alias] = found.qualified


def _distributions() -> dict[str, str]:
    found = ((d.metadata["Name"], d.version) for d in metadata.distributions())
    return dict(sorted((name, version) for name, version in found if name and name.startswith("apache-airflow")))
