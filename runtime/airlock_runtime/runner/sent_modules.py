"""The project's modules that came with the request, importable before any copy in the image.

Contract: nothing is written to disk; modules of the same packages that were not sent come from the image.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from types import CodeType, ModuleType
from typing import Any, Mapping, Sequence


class SentModules(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """
    :param modules: by name, each with `path` (below `home`, or absolute), `source`, `package`
    """

    def __init__(self, modules: Mapping[str, Mapping[str, Any]], home: str) -> None:
        self._modules = modules
        self._home = home

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._modules:
            return None
        spec = importlib.util.spec_from_loader(fullname, self, origin=self._file(fullname))
        if spec is not None:
            spec.has_location = True  # gives the module its __file__
            if spec.submodule_search_locations is not None:
                spec.submodule_search_locations = self._in_the_image(fullname, path)
        return spec

    def _in_the_image(self, package: str, path: Sequence[str] | None) -> list[str]:
        found = importlib.machinery.PathFinder.find_spec(package, path)
        return list((found.submodule_search_locations if found else None) or [])

    def _file(self, fullname: str) -> str:
        return os.path.join(self._home, self._modules[fullname]["path"])

    def is_package(self, fullname: str) -> bool:
        return bool(self._modules[fullname].get("package"))

    def get_source(self, fullname: str) -> str:
        return str(self._modules[fullname]["source"])

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.get_source(fullname), self._file(fullname), "exec", dont_inherit=True)


def install(modules: Mapping[str, Mapping[str, Any]]) -> None:
    """Makes the request's modules importable; a copy that the image has already imported is forgotten."""
    if not modules:
        return
    for name in modules:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, SentModules(modules, os.environ.get("AIRFLOW_HOME") or os.getcwd()))
