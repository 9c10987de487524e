"""Turns a table into one Python function: the engine's answers in a thirtieth of its time.

Only cells whose meaning is the same in both are taken; a table with any other cell is left to the
engine. Nothing a table says is run as it stands: the function is written from vetted trees.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tongtu.tables.rules.document import Column, Document
from tongtu.tables.rules.facts import Fact
from tongtu.tables.rules.syntax import expression_of

Row = Mapping[str, Any]
Asked = Callable[[Mapping[str, object]], list[Row]]

_COMPARISON = re.compile(r"(<=|>=|<|>|==|!=)(.+)", re.DOTALL)
_INTERVAL = re.compile(r"([\[(])\s*(-?\d+)\s*\.\.\s*(-?\d+)\s*([\])])")
_ODD_NUMBER = re.compile(r"(?<![\w.])\d+[_A-Za-z]")  # 1_000, 0x10: Python's own spellings
_MEMBERS = re.compile(r"(not\s+in|in)\s*(\[.*\])", re.DOTALL)
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_EQUAL = (ast.Eq, ast.NotEq)
_LISTED = (ast.In, ast.NotIn)
_SUMS = (ast.Add, ast.Sub, ast.Mult)
_WORDS = {"true": True, "false": False}
_KINDS = (type, int, float, bool, str)


class Foreign(Exception):
    """A cell that may mean something else in Python than to the engine."""


def generate(document: Document) -> Asked | None:
    """Return the function from facts to the outputs of the rows that match, or None.

    None means that a cell is foreign: ask the engine. The function answers as `Table.evaluate`
    does, and raises MissingFact and BadFact as `checked` does. Its rows are shared: read them only.
    """
    try:
        answers, rows = outputs(document), [_text(row) for row in conditions(document)]
    except Foreign:
        return None
    scope: dict[str, Any] = {"__builtins__": {kind.__name__: kind for kind in _KINDS}}
    lines = ["def ask(facts):", " get = facts.get"]
    for number, fact in enumerate(document.facts):
        scope[f"check_{number}"], scope[f"allowed_{number}"] = fact.check, fact.allowed
        lines += [f" f_{fact.name} = get({fact.name!r})"]
        lines += [f" if {_is_strange(number, fact)}: check_{number}(f_{fact.name})"]
    is_first = document.policy == "first"
    lines += [] if is_first else [" found = []"]
    for number, text in enumerate(rows):
        scope[f"row_{number}"] = answers[number]
        does = f"return [row_{number}]" if is_first else f"found.append(row_{number})"
        lines.append(f" if {text}: {does}")
    scope["catch_all"] = answers[-1]
    lines.append(" return [catch_all]" if is_first else " return found")
    exec(compile("\n".join(lines), "<decision table>", "exec", dont_inherit=True), scope)  # noqa: S102 - written here from vetted trees; no cell's text is in it
    ask: Asked = scope["ask"]
    return ask


def _is_strange(number: int, fact: Fact) -> str:
    """Return the test that sends a value to the check, which then says what is wrong with it."""
    name = f"f_{fact.name}"
    kinds = " and ".join(f"type({name}) is not {kind.__name__}" for kind in fact.types)
    if fact.allowed is not None:
        return f"{kinds} or {name} not in allowed_{number}"
    if str in fact.types:
        return kinds
    return f"{kinds} or not {fact.low!r} <= {name} <= {fact.high!r}"


def _outputs(row: Mapping[str, str], columns: Sequence[Column]) -> Row:
    cells = {column.field: (row.get(column.id) or "").strip() for column in columns}
    return {field: _constant(_tree(cell)) for field, cell in cells.items() if cell}


def _text(row: Sequence[ast.expr]) -> str:
    return " and ".join(f"({ast.unparse(one)})" for one in row) or "True"


def conditions(document: Document) -> list[list[ast.expr]]:
    """Return the conditions of each row but the catch-all, as vetted trees over `f_<fact>`.

    All of a row's conditions must hold for it to match. Raises Foreign.
    """
    facts = {fact.name: fact for fact in document.facts}
    return [
        [
            _Cell(facts, facts.get(column.field)).read(cell, column.field)
            for column in document.conditions
            if (cell := (row.get(column.id) or "").strip())
        ]
        for row in document.rows[:-1]
    ]


def outputs(document: Document) -> list[Row]:
    """Return what each row answers, the catch-all last. Raises Foreign: it is computed."""
    return [_outputs(row, document.outputs) for row in document.rows]


class _Cell:
    """Reads one cell as a condition over the function's own names."""

    def __init__(self, facts: Mapping[str, Fact], subject: Fact | None) -> None:
        self._facts = facts
        self._subject = subject

    def read(self, cell: str, field: str) -> ast.expr:
        if not field:
            return self._condition(_tree(cell))
        if self._subject is None:
            raise Foreign(field)  # a column that looks at an expression
        name = self._subject.name
        if found := _INTERVAL.fullmatch(cell):
            opens, low, high, closes = found.groups()
            if int not in self._subject.types:
                raise Foreign(cell)
            signs: list[ast.cmpop] = [ast.LtE() if opens == "[" else ast.Lt()]
            signs.append(ast.LtE() if closes == "]" else ast.Lt())
            return ast.Compare(ast.Constant(int(low)), signs, [_of(name), ast.Constant(int(high))])
        if (found := _MEMBERS.fullmatch(cell)) or (found := _COMPARISON.fullmatch(cell)):
            tree = _tree(f"{name} {found[1]} {found[2]}")
        else:
            tree = _tree(f"{name} in [{cell}]")
        if not isinstance(tree, ast.Compare):
            raise Foreign(cell)
        return self._condition(tree)

    def _condition(self, tree: ast.expr) -> ast.expr:
        match tree:
            case ast.BoolOp(op, values):
                return ast.BoolOp(op, [self._condition(one) for one in values])
            case ast.UnaryOp(ast.Not(), ast.Name() as name):
                # Of anything longer the engine's `not` may take another part than Python's.
                return ast.UnaryOp(ast.Not(), self._condition(name))
            case ast.Name(name) if name in self._facts and self._facts[name].types == (bool,):
                return _of(name)
            case ast.Compare(left, [op], [ast.List(members)]) if isinstance(op, _LISTED):
                return self._listed(left, op, members)
            case ast.Compare(left, [op], [right]) if isinstance(op, _ORDER):
                return ast.Compare(self._number(left), [op], [self._number(right)])
            case ast.Compare(left, [op], [right]) if isinstance(op, _EQUAL):
                return self._equal(left, op, right)
        raise Foreign(ast.dump(tree))

    def _listed(self, left: ast.expr, op: ast.cmpop, members: list[ast.expr]) -> ast.expr:
        fact = self._facts.get(left.id) if isinstance(left, ast.Name) else None
        if fact is None or not members:
            raise Foreign(ast.dump(left))
        values = [_constant(one) for one in members]
        if any(type(value) not in fact.types for value in values):
            raise Foreign(ast.dump(left))
        listed: ast.expr = ast.Tuple([ast.Constant(value) for value in values], ast.Load())
        return ast.Compare(_of(fact.name), [op], [listed])

    def _equal(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> ast.expr:
        fact = self._facts.get(left.id) if isinstance(left, ast.Name) else None
        if fact is not None and fact.types in ((str,), (bool,)):
            value = _constant(right)
            if type(value) not in fact.types:
                raise Foreign(ast.dump(right))
            return ast.Compare(_of(fact.name), [op], [ast.Constant(value)])
        return ast.Compare(self._number(left), [op], [self._number(right)])

    def _number(self, tree: ast.expr) -> ast.expr:
        """Take whole numbers only: sums of them are exact here and in the engine's decimals."""
        match tree:
            case ast.Name(name) if name in self._facts and self._facts[name].types == (int,):
                return _of(name)
            case ast.BinOp(left, op, right) if isinstance(op, _SUMS):
                if isinstance(op, ast.Mult) and not (_is_literal(left) or _is_literal(right)):
                    raise Foreign("a product of two facts")  # its digits have no bound
                return ast.BinOp(self._number(left), op, self._number(right))
        value = _constant(tree)
        if type(value) is not int:
            raise Foreign(ast.dump(tree))
        return ast.Constant(value)


def _of(name: str) -> ast.Name:
    return ast.Name(f"f_{name}", ast.Load())


def _is_literal(tree: ast.expr) -> bool:
    return isinstance(tree.operand if isinstance(tree, ast.UnaryOp) else tree, ast.Constant)


def _constant(tree: ast.expr) -> int | str | bool:
    match tree:
        case ast.Constant(str() as value) if "\\" not in value:
            return value
        case ast.Constant(value) if type(value) is int:
            return value
        case ast.UnaryOp(ast.USub(), ast.Constant(value)) if type(value) is int:
            return -value
        case ast.Name(name) if name in _WORDS:
            return _WORDS[name]
    raise Foreign(ast.dump(tree))


def _tree(text: str) -> ast.expr:
    if "\\" in text or _ODD_NUMBER.search(text):
        raise Foreign(text)
    try:
        return expression_of(text)
    except SyntaxError:
        raise Foreign(text) from None
