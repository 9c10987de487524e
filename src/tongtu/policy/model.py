"""What a policy pack says, and what checking it can find. Values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
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
    "privacy.request",
    "report.build",
)
# T text read, S reported, M from memory, P the platform's own policy.
LABELS = ("T", "S", "M", "P")
ALWAYS_FROM = date.min
ALWAYS_TO = date.max


class BadPack(Broken):
    """A pack that cannot be read, or whose own examples do not hold; it is not used."""

    default_code = "bad_pack"


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


@dataclass(frozen=True, slots=True)
class ConsentText:
    """What a person is asked to agree to for one purpose."""

    scope: str
    version: str
    per_recipient: bool
    required: bool
    title: Mapping[str, str]
    text: Mapping[str, str]


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
