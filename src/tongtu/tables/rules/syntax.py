"""Reads expressions as Python syntax, whatever other threads do."""

from __future__ import annotations

import ast
import gc
from threading import Lock

_ONE_AT_A_TIME = Lock()


def expression_of(text: str) -> ast.expr:
    """Return the tree of an expression. Raises SyntaxError, ValueError, RecursionError.

    CPython 3.11 counts the depth of a tree it builds for the whole interpreter, not for a thread:
    two that parse at once can end each other with a SystemError. Rules are read in threads, beside
    the loop, when versions are restored and models or rules change; and others parse too (a
    traceback that is printed does). Threads change within a tree only when the garbage collector
    runs a finalizer there: it waits until the tree is whole.
    """
    with _ONE_AT_A_TIME:
        collects = gc.isenabled()
        gc.disable()
        try:
            return ast.parse(text, mode="eval").body
        finally:
            if collects:
                gc.enable()
