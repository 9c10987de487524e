"""What is disclosed and what is signed. Values only; amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tongtu.kernel.errors import Conflict
from tongtu.terms.api import PaymentOrder


class AgreementStatus(StrEnum):
    """Where an agreement stands."""

    READY = "ready"
    SIGNED = "signed"
    REPLACED = "replaced"


_MOVES = {
    (AgreementStatus.READY, AgreementStatus.SIGNED),
    (AgreementStatus.READY, AgreementStatus.REPLACED),
}


def check_move(old: AgreementStatus, new: AgreementStatus) -> AgreementStatus:
    """Return `new`. Raises Conflict when an agreement may not go there from `old`."""
    if (old, new) not in _MOVES:
        raise Conflict(f"an agreement that is {old} cannot become {new}", code="wrong_step")
    return new


@dataclass(frozen=True, slots=True)
class Lender:
    """Who lends, as the papers name them."""

    number: int
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One instalment of the plan that table, contract and loan share."""

    nr: int
    start: date
    due_date: date
    principal_minor: int
    interest_minor: int
    fee_minor: int

    @property
    def total_minor(self) -> int:
        """What falls due on the day."""
        return self.principal_minor + self.interest_minor + self.fee_minor


@dataclass(frozen=True, slots=True)
class Deal:
    """An accepted offer with everything its papers need. It holds no personal data.

    Yearly figures are parts per million; `overdue_rate_bps` is already within the cap. The money of
    a purchase goes to its merchant (`payee_*`), who may pay a part of the interest.
    """

    offer: int
    application: int
    decision: int
    party: int
    commitment: int
    lender: Lender
    program: int
    product: str
    product_zh: str
    product_en: str
    principal_minor: int
    rate_bps: int
    fee_monthly_minor: int
    fee_payee_zh: str
    fee_payee_en: str
    overdue_rate_bps: int
    irr12_ppm: int
    effective_ppm: int
    cap_ppm: int
    rows: tuple[PlanRow, ...]
    payee_zh: str = ""
    payee_en: str = ""
    paid_by_payee_minor: int = 0
    payment_order: PaymentOrder = PaymentOrder.OLDEST_FIRST
    withdrawal_days: int = 0  # beyond the law's own, in which the borrower may withdraw
    is_line: bool = False  # the principal is a limit; the rows show it drawn whole on the first day

    @property
    def total_minor(self) -> int:
        """All that is paid back."""
        return sum(row.total_minor for row in self.rows)

    @property
    def cost_minor(self) -> int:
        """All that is paid beyond the principal."""
        return self.total_minor - self.principal_minor


@dataclass(frozen=True, slots=True)
class CostRow:
    """One item of the cost table: what, how it is collected, by whom, how much."""

    item_zh: str
    item_en: str
    note_zh: str
    note_en: str
    how_zh: str
    how_en: str
    collected_by: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Contingent:
    """A cost that arises only if something happens."""

    item_zh: str
    item_en: str
    terms_zh: str
    terms_en: str
    rate_bps: int


@dataclass(frozen=True, slots=True)
class CostTable:
    """The table of all costs (综合融资成本明示表) of one offer."""

    rows: tuple[CostRow, ...]
    contingent: tuple[Contingent, ...]
    principal_minor: int
    total_minor: int
    cost_minor: int
    instalments: int
    instalment_minor: int
    last_instalment_minor: int
    irr12_percent: str
    effective_percent: str
    cap_percent: str
    basis_zh: str
    basis_en: str
    no_other_charges_zh: str
    no_other_charges_en: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A cost table as it was shown, with the instants that prove the reading."""

    offer: int
    application: int
    party: int
    table: CostTable
    sha256: bytes
    salt: bytes
    shown_at: datetime
    readable_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contract: the draft the borrower saw, and the signed document when there is one."""

    id: int
    offer: int
    application: int
    party: int
    lender: int
    status: AgreementStatus
    business_date: date
    draft_sha256: bytes
    signed_sha256: bytes | None
    prepared_at: datetime
    signed_at: datetime | None
    deal: Deal
    binding: str | None = None  # what the signature rests on, as the log commits to it


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That a borrower withdrew from a signed agreement; `body` is what they were shown, as JSON.

    `pack_hash` names the law it was judged by; the money is back by `repay_by` at the latest.
    """

    agreement: int
    party: int
    loan: int
    pack_hash: str
    business_date: date
    repay_by: date
    body: str
    at: datetime
