"""Asks the rules of a point about many cases at once: which of them hold for certain?

A screen never makes a finding. Whatever it cannot see to hold (a fact it has no column of, a rule
it has no numbers for, a number beyond its bounds) is left to the point's own function, which alone
says what is found. So a screen that knows little is slow, never wrong.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongtu.policy.rules.compiler import Ready, Setting
from tongtu.policy.rules.parameters import ANY

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Screen = Callable[[Mapping[str, Ints | Flags], int], Flags]

# Sums of a few numbers below this stay inside int64.
NUMBER_MAX = 2**58
_TERMS_MAX = 16
_DTYPES = {"int": np.dtype(np.int64), "bool": np.dtype(np.bool_)}
_SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


class Unseen(Exception):
    """A rule that cannot be seen to hold by numbers alone."""


def compile_screen(
    rules: Sequence[Ready], setting: Setting, at: date, known: Mapping[str, object]
) -> Screen:
    """Return the function from columns of facts to the cases that must be asked one by one.

    Facts are columns of int64 and bool; `known` are facts that are the same in every case.
    """
    writer = _Writer(setting, at, known)
    try:
        tests = [text for ready in rules if (text := writer.rule(ready)) != "True"]
    except Unseen:
        return nothing_seen
    names = sorted(writer.columns)
    text = " & ".join(f"({test})" for test in tests) or "True"
    code = compile(f"lambda {', '.join(names)}: {text}", "<policy screen>", "eval")
    holds = eval(code, {"__builtins__": {}})  # noqa: S307 - written here from vetted trees; no pack text is in it
    kinds = {name: _DTYPES[setting.facts[name]] for name in names}

    def screen(given: Mapping[str, Ints | Flags], count: int) -> Flags:
        columns = [given.get(name) for name in names]
        for name, column in zip(names, columns, strict=True):
            if column is None or column.dtype != kinds[name]:
                return np.ones(count, np.bool_)
            if name in writer.summed and not _is_small(column):
                return np.ones(count, np.bool_)
        return ~np.broadcast_to(np.asarray(holds(*columns), np.bool_), (count,))

    return screen


def nothing_seen(given: Mapping[str, Ints | Flags], count: int) -> Flags:  # noqa: ARG001 - a Screen
    """Leave every case to be asked by itself."""
    return np.ones(count, np.bool_)


def _is_small(column: Ints | Flags) -> bool:
    if column.dtype == np.bool_ or not len(column):
        return True
    return int(column.min()) > -NUMBER_MAX and int(column.max()) < NUMBER_MAX


class _Writer:
    """Writes vetted trees as numpy reads them."""

    def __init__(self, setting: Setting, at: date, known: Mapping[str, object]) -> None:
        self._setting = setting
        self._at = at
        self._known = known
        self.columns: set[str] = set()
        self.summed: set[str] = set()  # those of them that are added up

    def rule(self, ready: Ready) -> str:
        """Return the text of "it holds", "True" where it always does. Raises Unseen."""
        if ready.when is None:
            return self._condition(ready.test.tree)
        when = self._condition(ready.when.tree)
        if when == "False":
            return "True"
        test = self._condition(ready.test.tree)
        return test if when == "True" else f"((({when}) == 0) | ({test}))"

    def _condition(self, tree: ast.expr) -> str:
        match tree:
            case ast.BoolOp(op, values):
                sign = " & " if isinstance(op, ast.And) else " | "
                return "(" + sign.join(f"({self._condition(one)})" for one in values) + ")"
            case ast.UnaryOp(ast.Not(), value):
                return f"(({self._condition(value)}) == 0)"
            case ast.Name(name) if self._setting.facts.get(name) == "bool":
                if name in self._known:
                    return self._settled(self._known[name], bool)
                self.columns.add(name)
                return name
            case ast.Compare(left, ops, rights):
                sides = [left, *rights]
                tests = [
                    self._compared(one, op, other)
                    for one, op, other in zip(sides, ops, rights, strict=False)
                ]
                return tests[0] if len(tests) == 1 else f"({' & '.join(tests)})"
        raise Unseen(ast.dump(tree))

    def _compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> str:
        if type(op) not in _SIGNS:
            raise Unseen(ast.dump(op))
        sides = self._word(left), self._word(right)
        if None not in sides:
            if not isinstance(op, ast.Eq | ast.NotEq):
                raise Unseen("words have no order")
            return str((sides[0] == sides[1]) == isinstance(op, ast.Eq))
        texts = [self._number(left), self._number(right)]
        sums = "+".join(texts).count("+") + "".join(texts).count("-")
        if sums > _TERMS_MAX:
            raise Unseen("a long sum")
        return f"({texts[0]} {_SIGNS[type(op)]} {texts[1]})"

    def _word(self, tree: ast.expr) -> str | None:
        match tree:
            case ast.Constant(str() as value):
                return value
            case ast.Name(name) if self._setting.facts.get(name) == "str" and name in self._known:
                known = self._known[name]
                if type(known) is not str:
                    raise Unseen(name)
                return known
        return None

    def _number(self, tree: ast.expr) -> str:
        if (value := self._fixed(tree)) is not None:
            return repr(value)
        match tree:
            case ast.Name(name) if self._setting.facts.get(name) == "int":
                self.columns.add(name)
                return name
            case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
                sign = "+" if isinstance(op, ast.Add) else "-"
                self.summed |= {one.id for one in (left, right) if isinstance(one, ast.Name)}
                return f"({self._number(left)} {sign} {self._number(right)})"
        raise Unseen(ast.dump(tree))

    def _fixed(self, tree: ast.expr) -> int | None:
        """Return a number that is the same in every case. Raises Unseen when it has no value."""
        value: Any = None
        match tree:
            case ast.Constant(int() as value):
                pass
            case ast.UnaryOp(ast.USub(), ast.Constant(int() as number)):
                value = -number
            case ast.Name(name) if name in self._known:
                value = self._known[name]
            case ast.Call(ast.Name("param"), [ast.Constant(str() as name), *key]):
                value = self._parameter(name, key)
            case ast.BinOp(left, ast.Mult(), right):
                sides = self._fixed(left), self._fixed(right)
                if sides[0] is None or sides[1] is None:
                    raise Unseen("a product of facts")
                value = sides[0] * sides[1]
            case _:
                return None
        if type(value) is not int or not -NUMBER_MAX < value < NUMBER_MAX:
            raise Unseen(ast.dump(tree))
        return value

    def _parameter(self, name: str, key: list[ast.expr]) -> object:
        values = dict(self._setting.parameters.values(name, self._at))
        if not key:
            return values.get(ANY)
        if isinstance(key[0], ast.Name) and key[0].id in self._known:
            return values.get(str(self._known[key[0].id]), values.get(ANY))
        raise Unseen(name)

    def _settled(self, value: object, kind: type) -> str:
        if type(value) is not kind:
            raise Unseen("a known fact of another type")
        return str(value)
