"""Texts that a log, a database and a terminal can hold, whatever a task made of them."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with a replacement for what has no bytes in it, as of a file's name that is no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
