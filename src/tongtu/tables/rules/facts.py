"""The declared inputs of a table, and the check that stands before the engine.

The engine lets a null or a string pass as "this row does not match", which fails open.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tongtu.tables.model import BadFact, BadTable, MissingFact

Value = float | int | str | bool
_TYPES: dict[str, tuple[type, ...]] = {
    "number": (int, float),
    "integer": (int,),
    "string": (str,),
    "boolean": (bool,),
}
_WORDS = {"type", "enum", "minimum", "maximum", "description", "title"}
# The engine's numbers lose whole units above this.
_EXACT_MAX = 2**53


@dataclass(frozen=True, slots=True)
class Fact:
    """One declared input."""

    name: str
    types: tuple[type, ...]
    allowed: frozenset[Value] | None
    low: float
    high: float

    def check(self, value: object) -> Value:
        """Return the value as it goes to the engine. Raises MissingFact or BadFact."""
        if value is None:
            raise MissingFact(f"no {self.name} was given", fields={self.name: "missing"})
        # type() and not isinstance: a bool is an int to Python, and no amount is a bool.
        if type(value) not in self.types:
            raise self._bad("is of another type")
        assert isinstance(value, int | float | str)
        if self.allowed is not None and value not in self.allowed:
            raise self._bad("is not in its list")
        if not isinstance(value, str) and not self.low <= value <= self.high:
            raise self._bad("is outside its range")
        return value

    def _bad(self, why: str) -> BadFact:
        return BadFact(f"{self.name} {why}", fields={self.name: why})


def read_facts(schema: object) -> tuple[Fact, ...]:
    """Return the inputs an input node's JSON Schema declares; every one is required.

    Raises:
        BadTable: a word, a type or an optional input this check does not hold.
    """
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise BadTable("the input node declares its inputs by a JSON Schema of an object")
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise BadTable("the input node declares no inputs")
    if set(schema.get("required", ())) != set(properties):
        raise BadTable("every declared input is required: an absent fact lets rows fail open")
    return tuple(_fact(name, words) for name, words in properties.items())


def checked(facts: tuple[Fact, ...], given: Mapping[str, object]) -> dict[str, Value]:
    """Return exactly the declared inputs, each proved. Raises MissingFact or BadFact."""
    return {fact.name: fact.check(given.get(fact.name)) for fact in facts}


def _fact(name: str, words: object) -> Fact:
    if not name.isidentifier():
        raise BadTable(f"an input is named like a variable, not {name!r}")
    if not isinstance(words, dict) or set(words) - _WORDS or words.get("type") not in _TYPES:
        raise BadTable(
            f"input {name}: a type of {', '.join(_TYPES)}, and no other words than {sorted(_WORDS)}"
        )
    types = _TYPES[words["type"]]
    allowed = words.get("enum")
    if allowed is not None and not (allowed and all(type(one) in types for one in allowed)):
        raise BadTable(f"input {name}: its list holds values of its type")
    low = float(words.get("minimum", -_EXACT_MAX))
    high = float(words.get("maximum", _EXACT_MAX))
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise BadTable(f"input {name}: its range is empty")
    return Fact(name, types, None if allowed is None else frozenset(allowed), low, high)
