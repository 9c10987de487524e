"""Conditions on sequence flows: a small language in which nothing can be called or reached.

`amount_minor > 500000 and channel in ["branch", "web"]`: and, or, not, comparisons, lists of
constants, + - * on numbers. Words mean what they mean in the cells of decision tables. A fact that
is missing, null or of another kind is a fault, never a silent no.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from tongtu.kernel.errors import BadInput
from tongtu.tables.api import expression_of

Facts = Mapping[str, Any]
Test = Callable[[Facts], bool]
_Value = Callable[[Facts], Any]

# A condition longer than a screen, or deeper than a person reads, belongs into a decision table.
LENGTH_MAX = 500
DEPTH_MAX = 12
_WORDS = {"true": True, "false": False}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda one, two: bool(one == two),
    ast.NotEq: lambda one, two: bool(one != two),
    ast.Lt: lambda one, two: bool(one < two),
    ast.LtE: lambda one, two: bool(one <= two),
    ast.Gt: lambda one, two: bool(one > two),
    ast.GtE: lambda one, two: bool(one >= two),
}
_SUMS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda one, two: one + two,
    ast.Sub: lambda one, two: one - two,
    ast.Mult: lambda one, two: one * two,
}


class BadFactOfCase(BadInput):
    """A condition reads a fact that the case has not, or has as something else."""

    default_code = "bad_fact"


def condition(text: str) -> Test:
    """Return the test that `text` says.

    Raises:
        ValueError: it is no condition of this language; the message says what is wrong.
        BadFactOfCase: from the test itself, when a fact it reads is missing or of another kind.
    """
    if not text or len(text) > LENGTH_MAX:
        raise ValueError(f"a condition has 1 to {LENGTH_MAX} characters")
    try:
        tree = expression_of(text)
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"not a condition: {text!r}") from None
    value = _read(tree, DEPTH_MAX)

    def test(facts: Facts) -> bool:
        answer = value(facts)
        if not isinstance(answer, bool):
            raise BadFactOfCase(f"the condition {text!r} is neither true nor false")
        return answer

    return test


def _read(tree: ast.expr, depth: int) -> _Value:
    if not depth:
        raise ValueError(f"deeper than {DEPTH_MAX} levels")
    leaf = _leaf(tree)
    return _compound(tree, depth - 1) if leaf is None else leaf


def _leaf(tree: ast.expr) -> _Value | None:
    match tree:
        case ast.Constant(value=bool() | None):
            raise ValueError("write true and false; null is not compared")
        case ast.Constant(value=int() | float() | str() as constant):
            return lambda _: constant
        case ast.Name(id=name) if name in _WORDS:
            word = _WORDS[name]
            return lambda _: word
        case ast.Name(id=name):
            return _fact(name)
    return None


def _compound(tree: ast.expr, depth: int) -> _Value:
    does: _Value
    match tree:
        case ast.BoolOp(op=op, values=values):
            does = _joined([_read(one, depth) for one in values], stops=isinstance(op, ast.Or))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _read(operand, depth)
            does = lambda facts: not _boolean(inner(facts))  # noqa: E731
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = _read(operand, depth)
            does = lambda facts: -_number(number(facts))  # noqa: E731
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SUMS:
            does = _sum(_SUMS[type(op)], _read(left, depth), _read(right, depth))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            does = _compared(op, _read(left, depth), right, depth)
        case _:
            raise ValueError(f"{ast.unparse(tree)[:60]!r} is not of this language")
    return does


def _fact(name: str) -> _Value:
    def read(facts: Facts) -> Any:
        value = facts.get(name)
        if value is None:
            raise BadFactOfCase(f"the case has no fact {name!r}", fields={name: "is missing"})
        return value

    return read


def _joined(parts: list[_Value], *, stops: bool) -> _Value:
    def read(facts: Facts) -> bool:
        return stops if any(_boolean(one(facts)) is stops for one in parts) else not stops

    return read


def _sum(does: Callable[[Any, Any], Any], left: _Value, right: _Value) -> _Value:
    return lambda facts: does(_number(left(facts)), _number(right(facts)))


def _compared(op: ast.cmpop, left: _Value, right: ast.expr, depth: int) -> _Value:
    if isinstance(op, ast.In | ast.NotIn):
        if not isinstance(right, ast.List) or not right.elts:
            raise ValueError("`in` is followed by a list of constants")
        if not all(isinstance(one, ast.Constant) for one in right.elts):
            raise ValueError("a list holds constants only")
        members = [_read(one, depth)({}) for one in right.elts]
        wanted = isinstance(op, ast.In)
        return lambda facts: any(_alike(left(facts), one) for one in members) is wanted
    does = _COMPARE.get(type(op))
    if does is None:
        raise ValueError("compared by == != < <= > >= in, not in")
    other, is_equality = _read(right, depth), isinstance(op, ast.Eq | ast.NotEq)

    def read(facts: Facts) -> bool:
        one, two = left(facts), other(facts)
        if _kind(one) != _kind(two) or not (is_equality or _kind(one) in {"number", "text"}):
            raise BadFactOfCase(f"{_kind(one)} and {_kind(two)} are not compared")
        return does(one, two)

    return read


def _alike(one: object, two: object) -> bool:
    if _kind(one) != _kind(two):
        raise BadFactOfCase(f"{_kind(one)} and {_kind(two)} are not compared")
    return one == two


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "other"


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise BadFactOfCase("and, or, not join what is true or false")
    return value


def _number(value: Any) -> Any:
    if _kind(value) != "number":
        raise BadFactOfCase("only numbers are added")
    return value
