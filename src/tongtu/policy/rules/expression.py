"""The language of rules: facts, numbers, words, comparisons, and/or/not, + - *, and named look-ups.

A rule is parsed into a syntax tree of a few known nodes and typed before it is ever run, so that it
always ends, reads nothing but its facts, and cannot fail on facts of the declared types.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from tongtu.policy.model import BadPack
from tongtu.tables.api import expression_of

# Longer rules are two rules.
TEXT_MAX = 600
NODES_MAX = 200
KINDS = ("int", "bool", "str", "date", "strings")
# Names a rule may use that are no facts: the day it is asked for, and what the pack's other files
# list: codes with a text, fees as "kind>payee", kinds of records that are kept.
GIVEN = {
    "today": "date",
    "reason_codes": "strings",
    "fee_catalogue": "strings",
    "kept_kinds": "strings",
}
_ORDERED = {"int", "date"}


@dataclass(frozen=True, slots=True)
class Lookup:
    """A parameter a rule reads: its name and the expression of its key, or none."""

    name: str
    key: ast.expr | None


@dataclass(frozen=True, slots=True)
class Expression:
    """A vetted rule text: its tree, the facts it reads, its parameters and named sets."""

    tree: ast.expr
    facts: frozenset[str]
    lookups: tuple[Lookup, ...]
    sets: frozenset[str]


NEVER = Expression(ast.Constant(value=False), frozenset(), (), frozenset())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a rule may name: facts and parameters with their types."""

    facts: Mapping[str, str]
    parameters: Mapping[str, str]


def parse(text: str, vocabulary: Vocabulary) -> Expression:
    """Return the vetted expression, which is true or false. Raises BadPack."""
    if len(text) > TEXT_MAX:
        raise BadPack(f"a rule has at most {TEXT_MAX} characters")
    try:
        tree = expression_of(" ".join(text.split()))
    except (SyntaxError, ValueError, RecursionError) as error:
        raise BadPack(f"not an expression: {text}") from error
    if sum(1 for _ in ast.walk(tree)) > NODES_MAX:
        raise BadPack(f"a rule has at most {NODES_MAX} parts")
    reader = _Reader(vocabulary, text)
    if reader.kind(tree) != "bool":
        raise BadPack(f"a rule is true or false: {text}")
    return Expression(tree, frozenset(reader.facts), tuple(reader.lookups), frozenset(reader.sets))


class _Reader:
    """Types a tree node by node; a node it does not know is refused."""

    def __init__(self, vocabulary: Vocabulary, text: str) -> None:
        self._vocabulary = vocabulary
        self._text = text
        self.facts: set[str] = set()
        self.lookups: list[Lookup] = []
        self.sets: set[str] = set()

    def kind(self, node: ast.expr) -> str:
        """Return the type a node gives."""
        match node:
            case ast.Constant(value=bool() | int() | str() as value):
                return type(value).__name__
            case ast.Name(id=name):
                return self._name(name)
            case ast.Compare():
                return self._compare(node)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments)
            case _:
                return self._combined(node)

    def _combined(self, node: ast.expr) -> str:
        match node:
            case ast.BoolOp(values=values):
                return self._all("bool", values, "bool")
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._all("bool", [operand], "bool")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._all("int", [operand], "int")
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
                return self._all("int", [left, right], "int")
            case _:
                raise self._refusal(f"{type(node).__name__} is not part of the language")

    def _name(self, name: str) -> str:
        if name in GIVEN:
            return GIVEN[name]
        kind = self._vocabulary.facts.get(name)
        if kind is None:
            raise self._refusal(f"{name} is no declared fact")
        self.facts.add(name)
        return kind

    def _all(self, wanted: str, nodes: list[ast.expr], given: str) -> str:
        for node in nodes:
            if self.kind(node) != wanted:
                raise self._refusal(f"{ast.unparse(node)} is not {wanted}")
        return given

    def _compare(self, node: ast.Compare) -> str:
        left = self.kind(node.left)
        for operator, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.kind(right_node)
            match operator:
                case ast.In() | ast.NotIn():
                    fits = left == "str" and right == "strings"
                case ast.Eq() | ast.NotEq():
                    fits = left == right != "strings"
                case ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE():
                    fits = left == right and left in _ORDERED
                case _:
                    fits = False
            if not fits:
                raise self._refusal(f"{left} cannot be compared with {right} so")
            left = right
        return "bool"

    def _call(self, name: str, arguments: list[ast.expr]) -> str:
        match name, arguments:
            case "param", [ast.Constant(value=str(wanted)), *key] if len(key) <= 1:
                return self._param(wanted, key[0] if key else None)
            case "members", [ast.Constant(value=str(wanted))]:
                if wanted not in self._vocabulary.parameters:
                    raise self._refusal(f"no parameter {wanted}")
                self.sets.add(wanted)
                return "strings"
            case "count", [one]:
                return self._all("strings", [one], "int")
            case "all_in" | "none_in", [left, right]:
                return self._all("strings", [left, right], "bool")
            case "abs", [one]:
                return self._all("int", [one], "int")
            case _:
                raise self._refusal(f"{name}() is not part of the language, or not so")

    def _param(self, name: str, key: ast.expr | None) -> str:
        kind = self._vocabulary.parameters.get(name)
        if kind is None:
            raise self._refusal(f"no parameter {name}")
        if key is not None and self.kind(key) != "str":
            raise self._refusal("the key of a parameter is a word")
        self.lookups.append(Lookup(name, key))
        return kind

    def _refusal(self, why: str) -> BadPack:
        return BadPack(f"{why}: {self._text}")
