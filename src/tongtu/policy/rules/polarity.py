"""Which way a parameter or a named set tightens the rules that read it, read off the rules.

Lowering a cap, raising a floor, shortening a list of what is allowed, lengthening a list of what is
not: each allows less. Where a text does not say (an equation, a product of two facts) no way does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from enum import StrEnum

from tongtu.policy.rules.compiler import Ready


class Way(StrEnum):
    """How less is allowed."""

    LOWER = "lower"
    HIGHER = "higher"
    FEWER = "fewer"
    MORE = "more"


def ways(rules: Iterable[Ready]) -> Mapping[str, Way]:
    """Return the way that tightens, for every name where all rules agree on one."""
    reader = _Reader()
    for ready in rules:
        sign = -1 if ready.rule.is_right else 1
        reader.truth(ready.test.tree, sign)
        if ready.when is not None:  # a rule that concerns more cases allows less
            reader.truth(ready.when.tree, -sign)
    found: dict[str, Way] = {}
    for (name, is_set), signs in reader.signs.items():
        if signs == {1}:
            found[name] = Way.FEWER if is_set else Way.LOWER
        elif signs == {-1}:
            found[name] = Way.MORE if is_set else Way.HIGHER
    read_both_ways = {name for name, is_set in reader.signs if (name, not is_set) in reader.signs}
    return {name: way for name, way in found.items() if name not in read_both_ways}


class _Reader:
    """Walks a vetted tree with the sign by which a larger value makes the rule true more often."""

    def __init__(self) -> None:
        self.signs: dict[tuple[str, bool], set[int]] = {}

    def truth(self, node: ast.expr, sign: int) -> None:
        match node:
            case ast.BoolOp(values=values):
                for value in values:
                    self.truth(value, sign)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.truth(operand, -sign)
            case ast.Compare(left=left, ops=ops, comparators=others):
                for operator, right in zip(ops, others, strict=True):
                    self._comparison((left, operator, right), sign)
                    left = right
            case ast.Call(func=ast.Name(id="all_in"), args=[left, right]):
                self._value(left, -sign)
                self._value(right, sign)
            case ast.Call(func=ast.Name(id="none_in"), args=[left, right]):
                self._value(left, -sign)
                self._value(right, -sign)
            case _:
                self._value(node, 0)

    def _comparison(self, parts: tuple[ast.expr, ast.cmpop, ast.expr], sign: int) -> None:
        left, operator, right = parts
        match operator:
            case ast.Lt() | ast.LtE():
                signs = (-sign, sign)
            case ast.Gt() | ast.GtE():
                signs = (sign, -sign)
            case ast.In():
                signs = (0, sign)
            case ast.NotIn():
                signs = (0, -sign)
            case _:
                signs = (0, 0)
        self._value(left, signs[0])
        self._value(right, signs[1])

    def _value(self, node: ast.expr, sign: int) -> None:
        match node:
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                self._value(left, sign)
                self._value(right, sign)
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                self._value(left, sign)
                self._value(right, -sign)
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                self._value(left, sign if _is_positive(right) else 0)
                self._value(right, sign if _is_positive(left) else 0)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                self._value(operand, -sign)
            case ast.Call(func=ast.Name(id="param"), args=[ast.Constant(value=str(name)), *key]):
                self._note(name, is_set=False, sign=sign)
                for one in key:
                    self._value(one, 0)
            case ast.Call(func=ast.Name(id="members"), args=[ast.Constant(value=str(name))]):
                self._note(name, is_set=True, sign=sign)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._value(child, 0)

    def _note(self, name: str, *, is_set: bool, sign: int) -> None:
        self.signs.setdefault((name, is_set), set()).add(sign)


def _is_positive(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value > 0
