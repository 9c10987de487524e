"""What the flows need of the running platform, a thing at a time; each flow names its own sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tongtu.contracts.api import Press
from tongtu.funding.api import Book
from tongtu.origination.api import DecisionLane
from tongtu.policy.api import Pack
from tongtu.risk.api import Informant
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
    """And who is asked about persons before some are decided; none: as if they were silent."""

    @property
    def bureau(self) -> Informant | None: ...

    @property
    def informants(self) -> Mapping[str, Informant]:
        """The outside sources by their id."""
        ...
