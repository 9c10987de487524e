"""What a policy pack says, and what checking it can find. Values only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tongtu.kernel.errors import Broken

Value = int | str | bool | date | tuple[str, ...] | None

# Packs attach rules to these points and to no others; code calls the points and knows no rule.
POINTS = (
    "product.publish",
    "application.accept",
    "offer.build",
    "consent.check",
    "kyc.complete",
    "decision.final",
    "contract.sign",
    "fund.release",
    "ledger.post",
    "accrue",
    "contact.out",
    "push.send",
    "bureau.query",
    "bureau.report",
    "outside.query",  # a tax, insurance or operator record of a person
    "privacy.request",
    "report.build",
    "page.show",  # a page or a template that shows a price, or a step of signing
    "contract.withdraw",
    "facility.change",  # a running line of credit is raised, lowered, suspended, resumed or closed
    "case.answer",  # a complaint, a dispute, an objection, a request with a clock
)
# T text read, S reported, M from memory, P the platform's own policy.
# The step in which a person is asked for most consents.
APPLICATION = "application"
LABELS = ("T", "S", "M", "P")
ALWAYS_FROM = date.min
ALWAYS_TO = date.max


class BadPack(Broken):
    """A pack that cannot be read, or whose own examples do not hold; it is not used."""

    default_code = "bad_pack"


class Loosens(BadPack):
    """An overlay that would allow what its base pack does not; it is not used."""

    default_code = "overlay_loosens"


class UnknownParameter(Broken):
    """A parameter has no value for this key on this day."""

    default_code = "missing_param"


class Severity(StrEnum):
    """What a finding means for the case."""

    BLOCK = "block"
    HOLD = "hold"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold, with what it looked at. `code` has a text in the pack."""

    rule: str
    severity: Severity
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One evaluation with what it takes to repeat it: which rules, asked what, on which day."""

    pack: str
    pack_hash: str
    point: str
    at: date
    facts_sha256: str
    findings: tuple[Finding, ...]

    @property
    def severity(self) -> Severity | None:
        """The gravest of the findings; None where every rule holds."""
        return strictest(self.findings)


def strictest(findings: Iterable[Finding]) -> Severity | None:
    """Return the gravest severity of the findings."""
    found = {finding.severity for finding in findings}
    return next((one for one in Severity if one in found), None)


Check = Callable[[Mapping[str, object]], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Dated:
    """Days on which something is in force, both included."""

    first: date = ALWAYS_FROM
    last: date = ALWAYS_TO

    def holds(self, at: date) -> bool:
        """Return whether `at` is one of the days."""
        return self.first <= at <= self.last


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from, and how well that was checked."""

    label: str
    doc_no: str
    date: date
    article: str
    url: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One checkable statement. `test` is true when it is kept; `when` says whom it concerns."""

    id: str
    title: Mapping[str, str]
    severity: Severity
    severity_unknown: Severity
    points: tuple[str, ...]
    when: str
    test: str
    reason: str
    source: Source
    days: Dated
    is_right: bool = False  # it gives the person a right: holding less often is looser


@dataclass(frozen=True, slots=True)
class Parameter:
    """A dated value of a named parameter for a key; the key `*` stands for every other one."""

    name: str
    key: str
    value: int | str
    days: Dated
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Reason:
    """What a person reads for a code."""

    code: str
    text: Mapping[str, str]
    detail: Mapping[str, str]
    actionable: bool
    features: tuple[str, ...]
    is_of_decision: bool = True  # may stand in the answer to an application


@dataclass(frozen=True, slots=True)
class Fee:
    """A kind of charge a borrower may meet."""

    kind: str
    payer: str
    payee: str
    in_apr: bool
    contingent: bool
    name: Mapping[str, str]
    how: Mapping[str, str]
    basis: str = ""
    timing: str = ""
    licence: str = ""  # what the payee must be licensed as

    @property
    def line(self) -> str:
        """The fee as rules name it: what, and who receives it."""
        return f"{self.kind}>{self.payee}"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person is written, and when it is owed.

    `when` is a rule text over the pack's facts; it is due `within_days` (a parameter) after the day
    that the fact `due_from` names. A letter of a group names every sender in one.
    """

    id: str
    rule: str
    when: str
    due_from: str
    within_days: str
    fields: tuple[str, ...]
    text: Mapping[str, str]
    is_for_all_senders: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """A letter that is owed: by which senders (by place), until when.

    `missing` names the facts nobody knows; until they are known, it counts as owed.
    """

    letter: str
    senders: tuple[int, ...]
    due_on: date | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retention:
    """How long one kind of record is kept, from which day, and by which law.

    A duty keeps it from an erasure until then; what is none only says when it ends at the latest.
    """

    kind: str
    months: int
    counted_from: str
    label: str
    law: str
    why: Mapping[str, str]
    is_duty: bool = True


@dataclass(frozen=True, slots=True)
class CostExample:
    """A published yearly cost that the pack's method must meet."""

    name: str
    flows: tuple[tuple[date | int, Decimal], ...]
    percent: Decimal
    tolerance: Decimal


@dataclass(frozen=True, slots=True)
class ConsentText:
    """What a person is asked to agree to for one purpose."""

    scope: str
    version: str
    per_recipient: bool
    required: bool
    title: Mapping[str, str]
    text: Mapping[str, str]
    asked_in: str = APPLICATION  # or the step that asks for it


@dataclass(frozen=True, slots=True)
class CostMethod:
    """How the yearly cost is taken and which sentences stand beside it, by language."""

    apr: str
    also_show: tuple[str, ...]
    day_count: str
    rounding: str
    decimals: int
    statements: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Hours:
    """A window of the day, end not included."""

    name: str
    from_second: int
    to_second: int


@dataclass(frozen=True, slots=True)
class Example:
    """Facts that meet a rule (pass), break it (fail), or do not suffice (unknown)."""

    rule: str
    at: date
    expect: str
    facts: Mapping[str, object]
    severity: Severity | None
    note: str


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that stands in the files of one pack."""

    id: str
    hash: str
    jurisdiction: str
    currency: str
    languages: tuple[str, ...]
    days: Dated
    facts: Mapping[str, str]
    rules: tuple[Rule, ...]
    parameters: tuple[Parameter, ...]
    reasons: Mapping[str, Reason]
    fees: tuple[Fee, ...]
    consents: tuple[ConsentText, ...]
    method: CostMethod
    hours: Mapping[str, Hours]
    examples: tuple[Example, ...]
    # Files that came later: a pack of an earlier release has none of them.
    is_illustrative: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)
    letters: tuple[Letter, ...] = ()
    retentions: tuple[Retention, ...] = ()
    days_off: frozenset[date] = frozenset()
    days_worked: frozenset[date] = frozenset()
    cost_examples: tuple[CostExample, ...] = ()


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a lender adds to a pack: rules of its own, graver findings, narrower figures."""

    id: str
    hash: str
    base: str
    first: date
    severities: Mapping[str, Severity]
    sets_add: Mapping[str, tuple[str, ...]]
    sets_remove: Mapping[str, tuple[str, ...]]
    parameters: tuple[Parameter, ...]
    rules: tuple[Rule, ...]
    reasons: Mapping[str, Reason]
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two releases of a pack; `before` or `after` is empty."""

    kind: str  # rule, parameter, fee, reason, consent, method, letter, retention
    name: str
    before: str
    after: str
    label: str = ""

    @property
    def word(self) -> str:
        """Whether it was added, removed or changed."""
        if not self.before:
            return "added"
        return "changed" if self.after else "removed"
