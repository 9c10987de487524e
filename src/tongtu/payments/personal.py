"""What payments holds of a person: amounts, days and numbers."""

from __future__ import annotations

from tongtu.runtime.api import End, Holding

_MONEY = ("transaction", "credit_agreement", "contract")

HELD = (
    Holding(
        "payments.mandate",
        "t.cell = :cell and t.party = :party",
        "代扣授权",
        "Mandates for direct debit",
        duties=_MONEY,
        end=End.NUMBER,
    ),
    Holding(
        "payments.debit",
        "t.cell = :cell and t.loan = any(:loans)",
        "代扣",
        "Direct debits",
        duties=_MONEY,
        end=End.NUMBER,
    ),
    Holding(
        "payments.instruction",
        "t.cell = :cell and t.party = :party",
        "放款、还款、退款",
        "Payouts, repayments, refunds",
        duties=_MONEY,
        end=End.NUMBER,
    ),
)
NUMBERED = {
    "payments.warrant": "that a payout was allowed, by numbers",
    "payments.callback": "what the bank told of a numbered payment",
    "payments.entry": "the bank's books by reference",
    "payments.statement": "the bank's books of a day",
    "payments.break": "differences by reference",
    "payments.booking": "what was booked of a numbered payment",
    "payments.payback": "numbers of payments given back",
}
