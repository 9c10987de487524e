"""A table over columns: all conditions of all rows for a whole batch, in a handful of numpy calls.

A condition is `low <= fact <= high`; what is more than that is first made a column of its own. It
is written from the same vetted trees as the generated function, so both mean the same. A value that
is not as declared is never compared: it makes its case strange, and that case is asked by itself.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tongtu.tables.model import BadFact, MissingFact
from tongtu.tables.rules.document import Document
from tongtu.tables.rules.facts import Fact
from tongtu.tables.rules.generated import Foreign, Row, conditions, outputs

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
# Whatever a condition adds up must stay inside int64.
_SUM_MAX = 2**62
_UNHEARD = -1  # the code of a word that no condition names
_ANY = (-(2**63), 2**63 - 1)


class Words(NamedTuple):
    """A column of words as places in a list of them; each place must be one of the list."""

    places: Ints
    words: tuple[str, ...]


# Typed columns are taken as they are; of a sequence each value is looked at.
Given: TypeAlias = Ints | Flags | Words | Sequence[object]


class Matches(NamedTuple):
    """Which rows match which cases. A strange case matches none here: ask it by itself."""

    fired: Flags  # (row, case); the catch-all is left out
    strange: Flags  # (case)


@dataclass(frozen=True, slots=True)
class _Term:
    """A column and the bounds within which a condition holds."""

    column: int
    low: int
    high: int


class Columnar:
    """A table compiled for batches. `answers` are the outputs of its rows, the catch-all last."""

    __slots__ = ("_codes", "_columns", "_derive", "_facts", "_highs", "_lows", "_picks", "_starts",
                 "answers", "is_first")  # fmt: skip

    def __init__(self, document: Document) -> None:
        """Raises Foreign when a cell may mean something else here."""
        self.answers = outputs(document)
        self.is_first = document.policy == "first"
        self._facts = document.facts
        for fact in document.facts:
            if float in fact.types or max(abs(fact.low), abs(fact.high)) > _SUM_MAX:
                raise Foreign(fact.name)  # a fraction, or more digits than a column holds
        rows = conditions(document)
        writer = _Writer({fact.name: fact for fact in document.facts})
        terms = [writer.terms(row) or [writer.always()] for row in rows]
        distinct = list(dict.fromkeys(term for row in terms for term in row))
        self._codes = writer.codes
        self._derive = writer.function()
        self._columns = np.array([term.column for term in distinct], np.intp)
        self._lows = np.array([term.low for term in distinct], np.int64)[:, None]
        self._highs = np.array([term.high for term in distinct], np.int64)[:, None]
        place = {term: number for number, term in enumerate(distinct)}
        self._picks = np.array([place[term] for row in terms for term in row], np.intp)
        self._starts = np.cumsum([0, *[len(row) for row in terms[:-1]]])

    def match(self, given: Mapping[str, Given], count: int) -> Matches:
        """Return which rows match each of `count` cases; a fact that is not given is strange."""
        strange = np.zeros(count, np.bool_)
        columns = [self._read(fact, given.get(fact.name), count, strange) for fact in self._facts]
        if not len(self._picks):
            return Matches(np.zeros((0, count), np.bool_), strange)
        derived = self._derive(*columns)
        table = np.empty((len(columns) + len(derived), count), np.int64)
        for place, column in enumerate((*columns, *derived)):
            table[place] = column
        values = table[self._columns]
        holds = (values >= self._lows) & (values <= self._highs)
        fired = np.logical_and.reduceat(holds[self._picks], self._starts, axis=0)
        if strange.any():
            fired &= ~strange
        return Matches(fired, strange)

    def rows_of(self, fired: Flags) -> list[list[Row]]:
        """Return each case's answers as `Table.evaluate` gives them."""
        found: list[list[Row]] = [[] for _ in range(fired.shape[1])]
        cases, rows = np.nonzero(fired.T)
        for case, row in zip(cases.tolist(), rows.tolist(), strict=True):
            if not (self.is_first and found[case]):
                found[case].append(self.answers[row])
        if self.is_first:
            return [rows or [self.answers[-1]] for rows in found]
        return found

    def _read(self, fact: Fact, given: Given | None, count: int, strange: Flags) -> Ints | Flags:
        """Return a fact as a column of numbers, and mark the cases whose value is strange."""
        if isinstance(given, Words):
            return self._read_words(fact, given, strange)
        if isinstance(given, np.ndarray):
            is_flag = given.dtype == np.bool_ and fact.types == (bool,)
            if is_flag or (given.dtype == np.int64 and fact.types == (int,)):
                column = given
            else:
                strange |= True
                return np.zeros(count, np.int64)
        else:
            values = (None,) * count if given is None else given
            column = self._read_each(fact, values, strange)
            if str in fact.types:
                return column
        if int in fact.types:
            _check_range(fact, column.astype(np.int64, copy=False), strange)
        elif fact.allowed is not None and len(fact.allowed) == 1:
            strange |= column != (True in fact.allowed)
        return column

    def _read_each(self, fact: Fact, values: Sequence[object], strange: Flags) -> Ints:
        codes, column = self._codes.get(fact.name, {}), []
        for place, value in enumerate(values):
            try:
                known = fact.check(value)
            except (MissingFact, BadFact):
                known, strange[place] = 0, True
            column.append(codes.get(known, _UNHEARD) if isinstance(known, str) else int(known))
        return np.array(column, np.int64)

    def _read_words(self, fact: Fact, given: Words, strange: Flags) -> Ints:
        codes = self._codes.get(fact.name, {})
        known = np.array([codes.get(word, _UNHEARD) for word in given.words], np.int64)
        if str not in fact.types:
            strange |= True
        elif fact.allowed is not None:
            bad = np.array([word not in fact.allowed for word in given.words])
            if bad.any():
                strange |= bad[given.places]
        return known[given.places]


def columnar(document: Document) -> Columnar | None:
    """Return the columnar form, or None when a cell needs the engine."""
    try:
        return Columnar(document)
    except Foreign:
        return None


def _check_range(fact: Fact, column: Ints, strange: Flags) -> None:
    if len(column) and not (fact.low <= int(column.min()) and int(column.max()) <= fact.high):
        strange |= (column < fact.low) | (column > fact.high)
    if fact.allowed is not None:
        strange |= ~np.isin(column, np.array(sorted(fact.allowed, key=repr), np.int64))


class _Writer:
    """Turns vetted trees into terms; what is more than bounds becomes a derived column."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self._facts = facts
        self._places = {f"f_{name}": place for place, name in enumerate(facts)}
        self._derived: dict[str, int] = {}
        # The words that conditions name, as numbers; words compare by them.
        self.codes: dict[str, dict[object, int]] = {}

    def always(self) -> _Term:
        """Return the term of a row without conditions."""
        return _Term(0, *_ANY)

    def terms(self, row: Sequence[ast.expr]) -> list[_Term]:
        """Return the terms that must all hold."""
        return [term for tree in row for term in self._split(tree)]

    def function(self) -> Callable[..., list[Flags]]:
        """Return the function from the columns of all facts to the derived columns."""
        names, texts = ", ".join(self._places), ", ".join(self._derived)
        scope: dict[str, Any] = {"__builtins__": {}}
        code = compile(f"lambda {names}: [{texts}]", "<columns of a table>", "eval")
        made: Callable[..., list[Flags]] = eval(code, scope)  # noqa: S307 - written here from vetted trees; no cell's text is in it
        return made

    def _split(self, tree: ast.expr) -> list[_Term]:
        match tree:
            case ast.BoolOp(ast.And(), values):
                return [term for one in values for term in self._split(one)]
            case ast.Name(name):
                return [_Term(self._places[name], 1, 1)]
            case ast.UnaryOp(ast.Not(), ast.Name(name)):
                return [_Term(self._places[name], 0, 0)]
            case ast.Compare() if (bounds := _bounds(tree)) and bounds[0] in self._places:
                return [_Term(self._places[bounds[0]], *bounds[1:])]
        text = self._text(tree)
        place = self._derived.setdefault(text, len(self._places) + len(self._derived))
        return [_Term(place, 1, 1)]

    def _text(self, tree: ast.expr) -> str:
        """Return a condition as numpy reads it: `&`, `|` and `~` bind tighter than comparisons."""
        match tree:
            case ast.BoolOp(op, values):
                sign = " & " if isinstance(op, ast.And) else " | "
                return "(" + sign.join(self._text(one) for one in values) + ")"
            case ast.UnaryOp(ast.Not(), value):
                return f"({self._text(value)} == 0)"
            case ast.Name(name):
                return f"({name} != 0)"
            case ast.Compare(left, [ast.In() | ast.NotIn() as op], [ast.Tuple(members)]):
                sign, glue = ("==", " | ") if isinstance(op, ast.In) else ("!=", " & ")
                tests = [f"({self._value(left)} {sign} {self._code(left, one)})" for one in members]
                return f"({glue.join(tests)})"
            case ast.Compare(left, ops, rights):
                sides = [left, *rights]
                tests = [
                    f"({self._side(a, b)} {_SIGNS[type(op)]} {self._side(b, a)})"
                    for a, op, b in zip(sides, ops, rights, strict=False)
                ]
                return f"({' & '.join(tests)})"
        raise Foreign(ast.dump(tree))

    def _side(self, tree: ast.expr, other: ast.expr) -> str:
        return self._code(other, tree) if isinstance(tree, ast.Constant) else self._value(tree)

    def _code(self, subject: ast.expr, constant: ast.expr) -> str:
        assert isinstance(constant, ast.Constant)
        value = constant.value
        if isinstance(value, int):
            if abs(value) > _SUM_MAX:
                raise Foreign("a number no column holds")
            return repr(int(value))
        assert isinstance(subject, ast.Name)
        codes = self.codes.setdefault(subject.id.removeprefix("f_"), {})
        return repr(codes.setdefault(value, len(codes)))

    def _value(self, tree: ast.expr) -> str:
        if self._most(tree) > _SUM_MAX:
            raise Foreign("a sum that may leave int64")
        return f"({ast.unparse(tree)})"

    def _most(self, tree: ast.expr) -> int:
        """Return what the magnitude of a number never passes."""
        match tree:
            case ast.Name(name):
                fact = self._facts[name.removeprefix("f_")]
                return 1 if int not in fact.types else int(max(abs(fact.low), abs(fact.high)))
            case ast.Constant(int() as value):
                return abs(value)
            case ast.BinOp(left, ast.Mult(), right):
                return self._most(left) * self._most(right)
            case ast.BinOp(left, _, right):
                return self._most(left) + self._most(right)
            case ast.UnaryOp(_, value):
                return self._most(value)
        raise Foreign(ast.dump(tree))


_SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_MIRRORED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Eq: ast.Eq,
}  # fmt: skip


def _bounds(tree: ast.Compare) -> tuple[str, int, int] | None:
    """Return (name, low, high) of a comparison of one fact with whole numbers, else None."""
    match tree:
        case ast.Compare(ast.Name(name), [op], [ast.Constant(value)]):
            found = [(type(op), value)]
        case ast.Compare(ast.Constant(value), [op], [ast.Name(name)]):
            found = [(_MIRRORED.get(type(op), ast.NotEq), value)]
        case ast.Compare(ast.Constant(low), [first, second], [ast.Name(name), ast.Constant(high)]):
            found = [(_MIRRORED.get(type(first), ast.NotEq), low), (type(second), high)]
        case _:
            return None
    least, most = _ANY
    for sign, value in found:
        if not isinstance(value, int) or sign not in _MIRRORED:
            return None
        if abs(value) > _SUM_MAX:
            raise Foreign("a number no column holds")
        if sign in (ast.Gt, ast.GtE, ast.Eq):
            least = max(least, value + (sign is ast.Gt))
        if sign in (ast.Lt, ast.LtE, ast.Eq):
            most = min(most, value - (sign is ast.Lt))
    return name, least, most
