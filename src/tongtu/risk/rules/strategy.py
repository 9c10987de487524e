"""Selective decisions: when a machine may decide alone, product by product. Pure.

The two lines of a model come from its training: what it approves or declines was 95 % right on rows
it never saw. Whatever lies between is decided only where two models agree.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from tongtu.risk.rules.studied import Scored
from tongtu.tables.api import BadTable

PPM = 1_000_000
_APPROVE, _DECLINE, _PERSON = "approve", "decline", "person"
_WORDS = frozenset({"approve_ppm", "decline_ppm", "lean_ppm"})


class Way(StrEnum):
    """How a case was decided; stands in the record among the rules that fired."""

    SURE_APPROVE = "SEL-01"  # the deciding model alone
    SURE_DECLINE = "SEL-02"
    BOTH_APPROVE = "SEL-03"  # in the middle: the challenger is sure, the deciding model leans so
    BOTH_DECLINE = "SEL-04"
    PERSON = "SEL-05"

    @property
    def declines(self) -> bool:
        """Whether the machine says no."""
        return self in (Way.SURE_DECLINE, Way.BOTH_DECLINE)


class Lines(NamedTuple):
    """A product's lines of the probability of default, in ppm."""

    approve_ppm: int
    decline_ppm: int
    lean_ppm: int

    def way(self, pd_ppm: int, side: str, beside: Scored | None) -> Way:
        """Return how a case is decided.

        `side` is what the deciding model's own two lines say, "" where it has none; `beside` is the
        challenger's word. Without a challenger the whole middle is a person's.
        """
        if not side:
            side = (
                _APPROVE
                if pd_ppm <= self.approve_ppm
                else _DECLINE
                if pd_ppm >= self.decline_ppm
                else _PERSON
            )
        if side != _PERSON:
            return Way.SURE_APPROVE if side == _APPROVE else Way.SURE_DECLINE
        lean = _APPROVE if pd_ppm < self.lean_ppm else _DECLINE
        if beside is None or beside.side != lean:
            return Way.PERSON
        return Way.BOTH_APPROVE if lean == _APPROVE else Way.BOTH_DECLINE


class Strategy:
    """The lines of the products that are decided selectively; the others are not."""

    __slots__ = ("hash", "lines")

    def __init__(self, lines: Mapping[str, Lines], content_hash: str) -> None:
        self.lines = lines
        self.hash = content_hash


# Of versions older than this file: nothing is decided selectively, and no hash of it is named.
NO_STRATEGY = Strategy({}, "")


def read_strategy(content: bytes) -> Strategy:
    """Return the strategy of a file's bytes. Raises BadTable naming what is wrong."""
    try:
        words = tomllib.loads(content.decode())
        if set(words) - {"product"}:
            raise BadTable("strategy.toml has tables [product.NAME] and nothing else")
        lines = {name: _lines(name, told) for name, told in words.get("product", {}).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise BadTable("strategy.toml cannot be read") from error
    return Strategy(lines, hashlib.sha256(content).hexdigest())


def _lines(name: str, told: Mapping[str, Any]) -> Lines:
    if set(told) != _WORDS or any(type(one) is not int for one in told.values()):
        raise BadTable(f"strategy of {name}: {', '.join(sorted(_WORDS))} are whole numbers")
    found = Lines(told["approve_ppm"], told["decline_ppm"], told["lean_ppm"])
    if not 0 <= found.approve_ppm < found.lean_ppm <= found.decline_ppm <= PPM:
        raise BadTable(f"strategy of {name}: 0 <= approve < lean <= decline <= 1,000,000")
    return found
