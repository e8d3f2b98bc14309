"""Writes the statements of a slice where they stand in their file, so that every line keeps its number.

Contract: Python text in, Python text out; a statement that stood in a block (`with DAG(...):`) gets a block of its own
on the line above it, and where there is no room for one, or several share a line, it is written anew.
"""

from __future__ import annotations

import ast


class Layout:
    """Takes statements in the order of their lines."""

    def __init__(self, lines: list[str]) -> None:
        self._original = lines
        self._lines = [""] * len(lines)
        self._last = 0  # the last line that is taken, counted from 1
        self._indent = ""

    def keep(self, node: ast.stmt, without: list[ast.expr]) -> None:
        """Keeps a statement as it is.

        :param without: decorators to leave out
        """
        kept = [decorator for decorator in getattr(node, "decorator_list", ()) if decorator not in without]
        first = min([node.lineno, *(decorator.lineno for decorator in kept)])
        last = node.end_lineno or node.lineno
        indent = self._original[first - 1][: self._column(node, kept)]
        if indent.strip() or self._shares_last_line(node) or not self._make_block(first, indent):
            self.write(_without_decorators(node, without))
            return
        left_out = {line for d in without for line in range(d.lineno, (d.end_lineno or d.lineno) + 1)}
        for line in range(first, last + 1):
            if line not in left_out:
                self._lines[line - 1] = self._original[line - 1]
        self._last, self._indent = last, indent

    def write(self, node: ast.stmt) -> None:
        """Writes a statement anew, at the line where it stood or the next that is free."""
        text = ast.unparse(ast.fix_missing_locations(node)).splitlines()
        start = max(node.lineno, self._last + 1)
        self._lines[start - 1 : start - 1 + len(text)] = text
        self._last, self._indent = start + len(text) - 1, ""

    def text(self) -> str:
        return "\n".join(self._lines).rstrip() + "\n"

    def _column(self, node: ast.stmt, kept: list[ast.expr]) -> int:
        # A decorator's own column is behind its @
        return node.col_offset if not kept else kept[0].col_offset - 1

    def _shares_last_line(self, node: ast.stmt) -> bool:
        rest = self._original[(node.end_lineno or node.lineno) - 1].encode()[node.end_col_offset or 0 :].strip()
        return bool(rest) and not rest.startswith(b"#")

    def _make_block(self, first: int, indent: str) -> bool:
        if first <= self._last:
            return False
        if not indent or (self._indent == indent and self._last == first - 1):
            return True
        if self._last == first - 1:
            return False
        self._lines[first - 2] = "if 1:"
        return True


def _without_decorators(node: ast.stmt, without: list[ast.expr]) -> ast.stmt:
    if without and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        node.decorator_list = [decorator for decorator in node.decorator_list if decorator not in without]
    return node
