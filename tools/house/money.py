"""Money is an int of minor units: no float may be named or divided into `*_minor`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.house.source import Breach, Source, nodes

RULE = "float-money"
ENDING = "_minor"


def check(source: Source) -> Iterator[Breach]:
    """Yield each `*_minor` that is annotated, assigned or passed as a float."""
    for node in nodes(source):
        if isinstance(node, ast.AnnAssign):
            yield from _judge(source, node.target, node.annotation, node.value)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _judge(source, target, None, node.value)
        elif isinstance(node, ast.AugAssign):
            value = ast.BinOp(node.target, node.op, node.value)
            yield from _judge(source, node.target, None, value)
        elif isinstance(node, ast.arg) and node.arg.endswith(ENDING):
            if _is_float(node.annotation):
                yield from source.breach(node.lineno, RULE, f"{node.arg} is annotated float")
        elif isinstance(node, ast.keyword) and node.arg and node.arg.endswith(ENDING):
            if _makes_float(node.value):
                yield from source.breach(node.lineno, RULE, f"{node.arg} is passed a float")


def _judge(
    source: Source, target: ast.expr, annotation: ast.expr | None, value: ast.expr | None
) -> Iterator[Breach]:
    name = getattr(target, "id", getattr(target, "attr", ""))
    if not name.endswith(ENDING):
        return
    if _is_float(annotation):
        yield from source.breach(target.lineno, RULE, f"{name} is annotated float")
    elif value is not None and _makes_float(value):
        yield from source.breach(
            target.lineno, RULE, f"{name} is given a float; use // or divide_*"
        )


def _is_float(annotation: ast.expr | None) -> bool:
    return annotation is not None and any(
        isinstance(node, ast.Name) and node.id == "float" for node in ast.walk(annotation)
    )


def _makes_float(value: ast.expr) -> bool:
    """Tell whether a float arises anywhere on the way, even if it is rounded afterwards."""
    return any(
        (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
        or (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float")
        for node in ast.walk(value)
    )
