"""What the flows need of the running platform, a thing at a time; each flow names its own sum."""

from __future__ import annotations

from typing import Protocol

from tongtu.contracts.api import Press
from tongtu.funding.api import Book
from tongtu.origination.api import DecisionLane
from tongtu.policy.api import Pack
from tongtu.risk.api import BureauProvider
from tongtu.runtime.api import Runtime


class Running(Protocol):
    """Database, clock, ids and keys."""

    @property
    def runtime(self) -> Runtime: ...


class UnderLaw(Running, Protocol):
    """And the law it runs under."""

    @property
    def pack(self) -> Pack: ...


class Deciding(Running, Protocol):
    """And its decision lane; none stands before a model is trained."""

    @property
    def decisions(self) -> DecisionLane | None: ...


class Lending(Running, Protocol):
    """And its lenders."""

    @property
    def book(self) -> Book: ...


class Printing(Running, Protocol):
    """And its press."""

    @property
    def press(self) -> Press: ...


class Asking(Running, Protocol):
    """And the bureau that is asked before some products are decided; none: a person looks."""

    @property
    def bureau(self) -> BureauProvider | None: ...
