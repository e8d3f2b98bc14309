"""What a task will ask for, as far as its arguments show it; the rest it asks for while it runs."""

from __future__ import annotations

import os
import re
from typing import Any, Iterator, Mapping

_NAME = r"""(?:\.get\(\s*['"]([^'"]+)['"]|\[\s*['"]([^'"]+)['"]\s*\]|\.(?!get\b)(\w+))"""
_CONNECTION = re.compile(rf"\bconn{_NAME}")
_VARIABLE = re.compile(rf"\bvar\.(?:value|json){_NAME}")
_INCLUDED = re.compile(r"""\{%-?\s*(?:include|extends|import|from)\s+['"]([^'"]+)['"]""")

_FILE = re.compile(r"[^\s{}]+\.\w{1,8}")
_FILE_LIMIT = 1024 * 1024


def connections(kwargs: Mapping[str, Any], texts: list[str]) -> list[str]:
    """The ids of connections that arguments (`*_conn_id`) and templates name."""
    named = {value for key, value in _pairs(kwargs) if key.endswith("conn_id") and value and "{" not in value}
    return sorted(named | _found(_CONNECTION, texts))


def variables(texts: list[str]) -> list[str]:
    """The keys of Airflow's variables that templates name."""
    return sorted(_found(_VARIABLE, texts))


def strings(value: Any) -> Iterator[str]:
    """All texts in a value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for part in value:
            yield from strings(part)


def template_files(texts: list[str], folders: list[str]) -> dict[str, str]:
    """The template files that arguments name (`sql="query.sql"`), and those that they include.

    :param folders: where Airflow looks for them, in this order
    :returns: their texts by the name that they are asked for
    """
    found: dict[str, str] = {}
    waiting = [text for text in texts if _FILE.fullmatch(text)]
    while waiting:
        name = waiting.pop()
        text = None if name in found else _read(name, folders)
        if text is not None:
            found[name] = text
            waiting += _INCLUDED.findall(text)
    return found


def _read(name: str, folders: list[str]) -> str | None:
    for folder in folders:
        path = os.path.join(folder, name.lstrip("/"))
        try:
            if os.path.getsize(path) <= _FILE_LIMIT:
                with open(path, encoding="utf-8") as file:
                    return file.read()
        except (OSError, UnicodeDecodeError, ValueError):
            continue
    return None


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if isinstance(key, str) and isinstance(part, str):
                yield key, part
            yield from _pairs(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _pairs(part)


def _found(pattern: re.Pattern[str], texts: list[str]) -> set[str]:
    return {next(filter(None, match.groups())) for text in texts for match in pattern.finditer(text)}
