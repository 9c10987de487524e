"""The door of payments: write an intention, and hear what the bank made of it."""

from tongtu.payments.model import (
    AMOUNT_MINOR_MAX,
    Answer,
    Instruction,
    Order,
    PaymentKind,
    PaymentState,
    Saying,
    Warrant,
    Wire,
)
from tongtu.payments.rail import Iso20022Rail, Rail
from tongtu.payments.store import (
    count_open,
    find_payment,
    intend_collection,
    intend_payout,
    pending_minor,
)
from tongtu.payments.worker import CONFIRMED, FAILED, STUCK, PaymentWorker

__all__ = [
    "AMOUNT_MINOR_MAX",
    "CONFIRMED",
    "FAILED",
    "STUCK",
    "Answer",
    "Instruction",
    "Iso20022Rail",
    "Order",
    "PaymentKind",
    "PaymentState",
    "PaymentWorker",
    "Rail",
    "Saying",
    "Warrant",
    "Wire",
    "count_open",
    "find_payment",
    "intend_collection",
    "intend_payout",
    "pending_minor",
]
