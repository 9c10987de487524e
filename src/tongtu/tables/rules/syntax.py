"""Reads expressions as Python syntax, one thread at a time."""

from __future__ import annotations

import ast
from threading import Lock

_ONE_AT_A_TIME = Lock()


def expression_of(text: str) -> ast.expr:
    """Return the tree of an expression. Raises SyntaxError, ValueError, RecursionError.

    CPython 3.11 counts the depth of a tree it builds for the whole interpreter, not for a thread:
    two that parse at once can end each other with a SystemError. Rules are read in threads, beside
    the loop, when versions are restored and models or rules change.
    """
    with _ONE_AT_A_TIME:
        return ast.parse(text, mode="eval").body
