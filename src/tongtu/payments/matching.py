"""What the bank's books say, entry by entry, beside our instructions. Pure; amounts in minor units.

An amount is signed as the lender's account at the bank sees it: money that left is negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tongtu.payments.model import Instruction, PaymentState


@dataclass(frozen=True, slots=True)
class Entry:
    """One booked movement on a lender's account, by the bank's own reference.

    `charge_minor` was kept of it on the way, and is not in its amount.
    """

    reference: str
    end_to_end_id: str
    amount_minor: int
    day: date
    is_return: bool = False
    reason: str | None = None
    charge_minor: int = 0

    @property
    def whole_minor(self) -> int:
        """What it would have moved without the charge, signed as the amount."""
        return self.amount_minor + (
            self.charge_minor if self.amount_minor > 0 else -self.charge_minor
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """A day of one account in the bank's books, as they stood at `taken_at`."""

    account: str
    day: date
    taken_at: datetime
    opening_minor: int
    closing_minor: int
    entries: tuple[Entry, ...]


class BreakKind(StrEnum):
    """Why a movement and an instruction do not meet."""

    UNKNOWN_ENTRY = "unknown_entry"  # the bank moved money that no instruction names
    OTHER_ACCOUNT = "other_account"  # the bank moved it on another lender's account
    OTHER_AMOUNT = "other_amount"  # the bank moved another amount than was ordered
    DOUBLE_ENTRY = "double_entry"  # the bank moved it twice
    SETTLED_AFTER_NO = "settled_after_no"  # the bank said no and moved it all the same
    UNKNOWN_RETURN = "unknown_return"  # money came back of what we do not hold settled
    MISSING_ENTRY = "missing_entry"  # settled, as the bank said, but not in its books
    UNANSWERED = "unanswered"  # neither answered nor booked when the bank's day was over
    RETURNED_COLLECTION = "returned_collection"  # a repayment was taken back by the bank
    REFUND_NOT_BOOKED = "refund_not_booked"  # a refund was paid, and its loan cannot take it
    RETURN_CHARGE = "return_charge"  # a bank kept a part of what came back, and said so
    PAID_TWICE = "paid_twice"  # a payout left after its no, when it had been made anew
    PAYOUT_NOT_BOOKED = "payout_not_booked"  # a payout left after its no, and no loan can take it
    NOT_POSTED = "not_posted"  # the ledger refused a payment's end: it is taken up again
    OWED_TO_MERCHANT = "owed_to_merchant"  # a merchant paid twice for goods; in suspense, not lost
    OWED_TO_BORROWER = "owed_to_borrower"  # what is owed back and no bank would take to them
    OVERDUE_ABOVE_CAP = "overdue_above_cap"  # loans were signed at more than the law now lets run


class Owner(StrEnum):
    """Whose work a break is."""

    OPERATOR = "operator"  # ours to clear: ask the bank, mend the books
    BANK = "bank"  # the bank has to explain or undo what it did
    SERVICING = "servicing"  # the loan has to be put right


OWNERS = {
    BreakKind.UNKNOWN_ENTRY: Owner.OPERATOR,
    BreakKind.OTHER_ACCOUNT: Owner.BANK,
    BreakKind.OTHER_AMOUNT: Owner.BANK,
    BreakKind.DOUBLE_ENTRY: Owner.BANK,
    BreakKind.SETTLED_AFTER_NO: Owner.OPERATOR,
    BreakKind.UNKNOWN_RETURN: Owner.OPERATOR,
    BreakKind.MISSING_ENTRY: Owner.BANK,
    BreakKind.UNANSWERED: Owner.OPERATOR,
    BreakKind.RETURNED_COLLECTION: Owner.SERVICING,
    BreakKind.REFUND_NOT_BOOKED: Owner.SERVICING,
    BreakKind.RETURN_CHARGE: Owner.BANK,
    BreakKind.PAID_TWICE: Owner.BANK,
    BreakKind.PAYOUT_NOT_BOOKED: Owner.SERVICING,
    BreakKind.NOT_POSTED: Owner.OPERATOR,
    BreakKind.OWED_TO_MERCHANT: Owner.OPERATOR,
    BreakKind.OWED_TO_BORROWER: Owner.SERVICING,
    BreakKind.OVERDUE_ABOVE_CAP: Owner.SERVICING,
}
# What ends by itself when the bank's books show the movement after all.
MENDED_BY_ENTRY = (BreakKind.MISSING_ENTRY, BreakKind.UNANSWERED)

# What may be so again after it was cleared: the same break is then open once more.
COMES_AGAIN = (
    BreakKind.SETTLED_AFTER_NO,
    BreakKind.NOT_POSTED,
    BreakKind.OWED_TO_BORROWER,
    BreakKind.OWED_TO_MERCHANT,
)


@dataclass(frozen=True, slots=True)
class Break:
    """A named difference between the bank's books and ours, with who has to clear it.

    `amount_minor` is what the bank moved and our books do not hold (or, for a missing entry, the
    other way round, negated).
    """

    cell: int
    kind: BreakKind
    lender: int
    day: date
    end_to_end_id: str
    amount_minor: int
    reference: str = ""
    instruction: int | None = None

    @property
    def owner(self) -> Owner:
        """Who has to clear it."""
        return OWNERS[self.kind]


def by_reference(
    entries: Sequence[Entry], found: Sequence[Instruction], window_days: int
) -> dict[str, Instruction]:
    """Return, by the bank's reference, the payment of each entry that names none.

    Reference, amount and day have to agree: it moved at most so many days after its value date.
    Where two payments fit, none does.
    """
    known: dict[str, Instruction] = {}
    for entry in entries:
        fitting = [
            one
            for one in found
            if one.bank_reference == entry.reference
            and one.movement_minor == entry.amount_minor
            and 0 <= (entry.day - one.value_date).days <= window_days
        ]
        if len(fitting) == 1 and not entry.is_return:
            known[entry.reference] = fitting[0]
    return known


class Verdict(StrEnum):
    """What an entry is, beside its instruction."""

    MATCHED = "matched"
    SETTLES = "settles"  # the bank's books are the answer we waited for
    RETURNS = "returns"  # money comes back of what is settled or open
    DISPUTES = "disputes"  # a break that the instruction itself has to carry
    BREAKS = "breaks"  # a break beside an instruction that stays as it is


def judge(
    entry: Entry,
    instruction: Instruction | None,
    *,
    is_on_account: bool,
    is_taken: bool,
    is_named: bool = False,
) -> tuple[Verdict, BreakKind | None]:
    """Return what the entry is, and the name of the break if it is one.

    `is_on_account`: the statement is of the instruction's lender; `is_taken`: another entry of the
    same sort is matched with it already; `is_named`: another movement of it stands in a break.
    """
    misplaced = None
    if instruction is None:
        misplaced = BreakKind.UNKNOWN_ENTRY
    elif not is_on_account:
        misplaced = BreakKind.OTHER_ACCOUNT
    elif is_taken:
        misplaced = BreakKind.DOUBLE_ENTRY
    if instruction is None or misplaced is not None:
        return Verdict.BREAKS, misplaced
    if entry.is_return:
        return _judge_return(entry, instruction)
    return _judge_movement(entry, instruction, is_named=is_named)


def _judge_movement(
    entry: Entry, instruction: Instruction, *, is_named: bool
) -> tuple[Verdict, BreakKind | None]:
    state = instruction.state
    is_settled = state in (PaymentState.SETTLED, PaymentState.RETURNED)
    if state is PaymentState.INTENDED:  # nobody has sent it: whoever booked it, it was not we
        return Verdict.BREAKS, BreakKind.UNKNOWN_ENTRY
    if entry.amount_minor != instruction.movement_minor:
        return Verdict.BREAKS if is_settled else Verdict.DISPUTES, BreakKind.OTHER_AMOUNT
    if is_settled:
        return Verdict.MATCHED, None
    if state is PaymentState.DISPUTED and is_named:  # it moved before, in whatever amount
        return Verdict.BREAKS, BreakKind.DOUBLE_ENTRY
    if state in (PaymentState.REJECTED, PaymentState.DISPUTED):
        return Verdict.DISPUTES, BreakKind.SETTLED_AFTER_NO
    return Verdict.SETTLES, None


def _judge_return(entry: Entry, instruction: Instruction) -> tuple[Verdict, BreakKind | None]:
    state = instruction.state
    if entry.whole_minor != -instruction.movement_minor:
        return Verdict.BREAKS, BreakKind.UNKNOWN_RETURN
    if state is PaymentState.RETURNED:
        return Verdict.MATCHED, None
    if state in (PaymentState.REJECTED, PaymentState.INTENDED, PaymentState.DISPUTED):
        return Verdict.BREAKS, BreakKind.UNKNOWN_RETURN
    return Verdict.RETURNS, None
