"""Reads expressions as Python syntax, one thread at a time."""

from __future__ import annotations

import ast
import gc
from threading import Lock

_ONE_AT_A_TIME = Lock()


def expression_of(text: str) -> ast.expr:
    """Return the tree of an expression. Raises SyntaxError, ValueError, RecursionError.

    CPython 3.11 counts the depth of a tree it builds for the whole interpreter, not for a thread:
    two that parse at once can end each other with a SystemError. Rules are read in threads, beside
    the loop, when versions are restored and models or rules change; and libraries parse as well,
    which ask for no lock. Only a collection of garbage can let another thread in while a tree is
    built: so there is none.
    """
    with _ONE_AT_A_TIME:
        is_collecting = gc.isenabled()
        gc.disable()
        try:
            return ast.parse(text, mode="eval").body
        finally:
            if is_collecting:
                gc.enable()
