"""The door of payments: write an intention, hear what the bank made of it, match its books."""

from __future__ import annotations

from tongtu.payments.debit import (
    LOOK_AGAIN,
    RETRY_PAUSE,
    Debit,
    DebitState,
    Mandate,
    after_refusal,
    is_legal,
)
from tongtu.payments.flow.clear import close_break, enter_anew, void_warrant
from tongtu.payments.flow.hear import SETTLED, open_break, open_unposted
from tongtu.payments.flow.intend import collect, release, send_back
from tongtu.payments.flow.payback import check_owed, owed_again, paid_back, pay_back
from tongtu.payments.flow.receive import receive, take_up
from tongtu.payments.flow.reconcile import Matching, reconcile
from tongtu.payments.flow.verdict import Verdict, check_verdict, end_dispute
from tongtu.payments.listener import CallbackWorker
from tongtu.payments.matching import Break, BreakKind, Entry, Owner, Statement
from tongtu.payments.model import (
    AMOUNT_MINOR_MAX,
    Answer,
    Instruction,
    PaymentKind,
    PaymentState,
    Returned,
    Saying,
    Warrant,
    Wire,
    account_of,
)
from tongtu.payments.personal import HELD, NUMBERED
from tongtu.payments.rail import BankBooks, IsoRail, Rail
from tongtu.payments.signature import Signed
from tongtu.payments.store.booking import (
    BookedLine,
    Booking,
    book,
    booked_on,
    held_on,
    held_until,
    is_booked,
)
from tongtu.payments.store.breaks import (
    BreakEvent,
    BreakRow,
    Wanted,
    cover,
    histories,
    is_break_open,
    list_breaks,
    spans_lacking,
)
from tongtu.payments.store.breaks import open_break as name_break
from tongtu.payments.store.callback import Parked, list_parked
from tongtu.payments.store.instruction import (
    Sought,
    count_open,
    count_warrants,
    find_instruction,
    find_latest,
    find_payment,
    has_other_payout,
    has_refund_not_booked,
    is_refund_open,
    list_payments,
    pending_minor,
    refunds_of,
)
from tongtu.payments.store.instruction import hold as hold_payment
from tongtu.payments.store.mandate import (
    Turn,
    ask_debit,
    debit_of,
    grant,
    list_mandates,
    live_mandate,
    plan_debits,
    revoke,
    take_debit,
    turn_debit,
)
from tongtu.payments.store.statement import (
    STATEMENT_CELL,
    closings_read,
    first_value_date,
    last_read,
)
from tongtu.payments.store.whose import party_of_payment
from tongtu.payments.worker import RailWorker

__all__ = [
    "AMOUNT_MINOR_MAX",
    "HELD",
    "LOOK_AGAIN",
    "NUMBERED",
    "RETRY_PAUSE",
    "SETTLED",
    "STATEMENT_CELL",
    "Answer",
    "BankBooks",
    "BookedLine",
    "Booking",
    "Break",
    "BreakEvent",
    "BreakKind",
    "BreakRow",
    "CallbackWorker",
    "Debit",
    "DebitState",
    "Entry",
    "Instruction",
    "IsoRail",
    "Mandate",
    "Matching",
    "Owner",
    "Parked",
    "PaymentKind",
    "PaymentState",
    "Rail",
    "RailWorker",
    "Returned",
    "Saying",
    "Signed",
    "Sought",
    "Statement",
    "Turn",
    "Verdict",
    "Wanted",
    "Warrant",
    "Wire",
    "account_of",
    "after_refusal",
    "ask_debit",
    "book",
    "booked_on",
    "check_owed",
    "check_verdict",
    "close_break",
    "closings_read",
    "collect",
    "count_open",
    "count_warrants",
    "cover",
    "debit_of",
    "end_dispute",
    "enter_anew",
    "find_instruction",
    "find_latest",
    "find_payment",
    "first_value_date",
    "grant",
    "has_other_payout",
    "has_refund_not_booked",
    "held_on",
    "held_until",
    "histories",
    "hold_payment",
    "is_booked",
    "is_break_open",
    "is_legal",
    "is_refund_open",
    "last_read",
    "list_breaks",
    "list_mandates",
    "list_parked",
    "list_payments",
    "live_mandate",
    "name_break",
    "open_break",
    "open_unposted",
    "owed_again",
    "paid_back",
    "party_of_payment",
    "pay_back",
    "pending_minor",
    "plan_debits",
    "receive",
    "reconcile",
    "refunds_of",
    "release",
    "revoke",
    "send_back",
    "spans_lacking",
    "take_debit",
    "take_up",
    "turn_debit",
    "void_warrant",
]
