"""What of the project the image has too, with another text: whoever built it should know.

Contract: reads files, imports nothing.
"""

from __future__ import annotations

import importlib.machinery
import os
import tokenize
from typing import Any, Iterable, Mapping

Modules = Mapping[str, Mapping[str, Any]]


def warning(modules: Modules, templates: Mapping[str, str], folders: Iterable[str]) -> str | None:
    """
    :param modules: that came with the request, by name
    :param templates: the texts of template files that came along, by the name that they are asked for
    :param folders: where the image has such files
    """
    named = sorted({*_different_modules(modules), *_different_files(templates, list(folders))})
    if not named:
        return None
    return (
        f"The image has other versions of {', '.join(named)}: the task runs with those of its DAG. Build the image "
        "again to have them alike"
    )


def _different_modules(modules: Modules) -> list[str]:
    return [str(module["path"]) for name, module in modules.items() if _text_of(name) not in (None, module["source"])]


def _different_files(templates: Mapping[str, str], folders: list[str]) -> list[str]:
    return [name for name, text in templates.items() if _first_text(name, folders) not in (None, text)]


def _text_of(module: str) -> str | None:
    spec = importlib.machinery.PathFinder.find_spec(module.rpartition(".")[2], _folders(module))
    return None if spec is None or not spec.has_location or spec.origin is None else _read(spec.origin)


def _folders(module: str) -> list[str] | None:
    """Where the image looks for a module: its package's folders, found without importing that."""
    package = module.rpartition(".")[0]
    if not package:
        return None
    spec = importlib.machinery.PathFinder.find_spec(package.rpartition(".")[2], _folders(package))
    return list((spec.submodule_search_locations if spec else None) or [])


def _first_text(name: str, folders: list[str]) -> str | None:
    paths = (os.path.join(folder, name.lstrip("/")) for folder in folders)
    return next((_read(path) for path in paths if os.path.isfile(path)), None)


def _read(path: str) -> str | None:
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None
