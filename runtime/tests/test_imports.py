"""Imports of the package go one way, as docs/architecture.md draws them."""

from __future__ import annotations

import ast
from typing import Iterator

import pytest
from runner_process import ROOT

MAY_IMPORT = {
    "wire": set(),
    "airflow": {"wire"},
    "describe": {"wire", "airflow"},
    "runner": {"wire", "airflow", "describe"},
    "launch": {"wire", "airflow", "describe"},
    "carriers": {"wire", "airflow", "launch", "inside"},
    "operators": {"wire", "airflow", "describe", "launch", "carriers"},
    "inside": {"runner"},
}
"""What is sent as a script (`inside`) runs the runner in the image, and is read by the carriers."""


def imported(path: str) -> Iterator[str]:
    """The rooms that a file imports, functions' own imports included."""
    for node in ast.walk(ast.parse((ROOT / "airlock_runtime" / path).read_text())):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for module in modules:
            package, _, rest = module.partition(".")
            if package == "airlock_runtime" and rest:
                yield rest.partition(".")[0]


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_those_below_it(room: str) -> None:
    files = sorted((ROOT / "airlock_runtime" / room).rglob("*.py"))
    assert files
    for file in files:
        path = file.relative_to(ROOT / "airlock_runtime").as_posix()
        above = set(imported(path)) - MAY_IMPORT[room] - {room}
        assert not above, f"{path} imports {', '.join(sorted(above))}"


def test_every_room_is_drawn() -> None:
    there = {path.parent.name for path in (ROOT / "airlock_runtime").glob("*/__init__.py")}
    assert there == set(MAY_IMPORT)
