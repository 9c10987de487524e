"""A decision in the making: what was found so far, and what it amounts to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tongtu.kernel.ids import LenderId, ProgramId
from tongtu.origination.model import (
    REASONS_MAX,
    Case,
    Decided,
    NotOffered,
    Offer,
    Outcome,
)
from tongtu.policy.api import Check, Finding, Severity
from tongtu.risk.api import DECLINE, REVIEW, Scored, Verdict

# The pack's word for a refusal whose reasons cannot be told: such a case goes to a person.
UNTOLD = "reasons_not_ready"
# Enum values by look-up: reading `.value` costs ten times as much.
_WORDS = {outcome: outcome.value for outcome in Outcome}
# A lender's policy says no more than that; what weighed on the score says what a person can change.
_OPAQUE = frozenset({"lender_policy", "score_low"})


@dataclass(slots=True)
class Draft:
    """One case while it is decided. Order of the lists is the order of the stages."""

    place: int
    case: Case
    facts: dict[str, object]  # what policy rules read
    row: tuple[int, ...]  # what the score and the application rules read
    declines: list[str] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)
    findings: list[tuple[str, str, str]] = field(default_factory=list)
    fired: tuple[str, ...] = ()
    points: int = 0
    pd_ppm: int = 0
    band: int = 0
    factors: tuple[str, ...] = ()
    side: str = ""  # what the two lines of the deciding model say, where it has them
    challenger: Scored | None = None
    offers: list[Offer] = field(default_factory=list)
    refusals: dict[LenderId, str] = field(default_factory=dict)
    exhausted: list[ProgramId] = field(default_factory=list)
    silent: tuple[NotOffered, ...] | None = None  # the refusals by lender, where they are ready
    recommended: int = 0  # the router's word, a place among the offers; 0: it said none
    worths: tuple[int, ...] = ()  # of the offers, where the router is on
    shared: int = 0  # bits of the consents by which its offers' lenders see it
    outside: Mapping[str, int] = field(default_factory=dict)  # features that may be used
    clears: bool = False  # a person looked and approves: what is a person's to judge is judged

    def find(self, findings: Iterable[Finding]) -> None:
        """Take findings of the policy; a rule that was found already says nothing new."""
        for finding in findings:
            row = (finding.rule, finding.severity.value, finding.code)
            if row in self.findings:
                continue
            self.findings.append(row)
            if finding.severity is Severity.BLOCK:
                self.declines.append(finding.code)
            elif finding.severity is Severity.HOLD and self._holds(finding.code):
                self.holds.append(finding.code)

    def take(self, said: Verdict, *, is_fixed: bool = False) -> None:
        """Take what a table of rules says: which fired, and what stands against the case.

        What the house's own rules say, a person may see otherwise; not what is `is_fixed`.
        """
        self.fired += said.fired
        if said.severity == DECLINE and (is_fixed or not self.clears):
            self.declines += said.reasons
        elif said.severity == REVIEW and not self.clears:
            self.holds += said.reasons

    def _holds(self, code: str) -> bool:
        """Tell whether a hold stands: no person's word makes a refusal tellable."""
        return code == UNTOLD or not self.clears

    def judge(self, check: Check) -> bool:
        """Ask the last point about the answer as it stands; return whether it is another now."""
        outcome = self.outcome
        self.facts["outcome"], self.facts["reasons"] = _WORDS[outcome], self._reasons_of(outcome)
        found = check(self.facts)
        if not found:
            return False
        self.find(found)
        return self.outcome is not outcome

    @property
    def outcome(self) -> Outcome:
        """What it amounts to; offers until something stands against them."""
        if self.declines:
            return Outcome.REVIEW if UNTOLD in self.holds else Outcome.DECLINED
        return Outcome.REVIEW if self.holds else Outcome.OFFERS

    @property
    def reasons(self) -> tuple[str, ...]:
        """At most four, each once: what stands against it, else what cost points."""
        return self._reasons_of(self.outcome)

    def decline_without_lender(self) -> None:
        """Nobody lends: say why, by what most lenders said, and the score where they say less."""
        said = list(self.refusals.values())
        by_weight = sorted(dict.fromkeys(said), key=said.count, reverse=True)
        plain = [code for code in by_weight if code not in _OPAQUE]
        opaque = [code for code in by_weight if code in _OPAQUE]
        factors = self.factors if opaque else ()
        self.declines += [*plain, *factors, *opaque] or ["lender_policy"]

    def close(self, consents_used: int) -> Decided:
        """Return the result."""
        outcome = self.outcome
        silent = self.silent
        if silent is None:
            silent = tuple([NotOffered(*one) for one in sorted(self.refusals.items())])
        return Decided(
            outcome,
            self.points,
            self.pd_ppm,
            self.band,
            self._reasons_of(outcome),
            tuple(self.findings),
            self.fired,
            tuple(self.offers),
            silent,
            tuple(self.exhausted),
            consents_used,
            self.challenger,
            self.recommended,
            self.worths,
        )

    def _reasons_of(self, outcome: Outcome) -> tuple[str, ...]:
        if outcome is Outcome.OFFERS:
            return self.factors
        found = self.declines if outcome is Outcome.DECLINED else self.holds
        return tuple(dict.fromkeys(found or self.factors))[:REASONS_MAX]
