"""Which packs a contract stands under, and what they say together.

A contract has two countries: where the lender is licensed and where the borrower lives. Where they
differ both laws apply, the stricter answer wins, and the difference is told for the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from tongtu.kernel.errors import Broken
from tongtu.policy.model import Finding, Judgement, Severity, strictest
from tongtu.policy.pack import Pack
from tongtu.policy.store import pack_root


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two packs answered otherwise at one point; `severity` None is "nothing against it"."""

    point: str
    pack: str
    severity: Severity | None
    other: str
    other_severity: Severity | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What all packs of a contract said at a point."""

    judgements: tuple[Judgement, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, the licence's country first."""
        return tuple(finding for one in self.judgements for finding in one.findings)

    @property
    def severity(self) -> Severity | None:
        """The strictest answer of all packs."""
        return strictest(self.findings)


@dataclass(frozen=True, slots=True)
class Law:
    """The packs of one contract, chosen once and kept with it by their hashes."""

    packs: tuple[Pack, ...]

    def judge(self, point: str, facts: Mapping[str, object], at: date) -> Ruling:
        """Ask every pack. Each reads the facts it declares; absent ones are its findings."""
        judged = tuple(pack.judgement(point, facts, at) for pack in self.packs)
        first = judged[0]
        conflicts = tuple(
            Conflict(point, first.pack, first.severity, one.pack, one.severity)
            for one in judged[1:]
            if one.severity is not first.severity
        )
        return Ruling(judged, conflicts)


class Shelf:
    """All packs at hand, of every country and release."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        self._packs = tuple(packs)

    @classmethod
    def load(cls, countries: Iterable[str]) -> Shelf:
        """Return every release of these countries' packs, each proved. Raises BadPack."""
        folders = [
            folder
            for country in dict.fromkeys(countries)
            for folder in sorted((pack_root() / country).glob("*"))
            if (folder / "pack.toml").is_file()
        ]
        return cls(Pack.load(folder) for folder in folders)

    def law_of(self, licence_country: str, residence_country: str, at: date) -> Law:
        """Return the law of a contract made on the day.

        Raises:
            Broken: `no_pack`: a country has no pack in force; nobody lends there by guessing.
        """
        countries = dict.fromkeys((licence_country, residence_country))
        return Law(tuple(self._in_force(country, at) for country in countries))

    def _in_force(self, country: str, at: date) -> Pack:
        found = [
            pack
            for pack in self._packs
            if pack.content.jurisdiction == country and pack.content.days.holds(at)
        ]
        if not found:
            raise Broken(f"no pack of {country} is in force on {at}", code="no_pack")
        return max(found, key=lambda pack: (pack.content.days.first, pack.id))
