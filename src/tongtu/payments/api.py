"""The door of payments: write an intention, and hear what the bank made of it."""

from __future__ import annotations

from tongtu.payments.flow import collect, release
from tongtu.payments.model import (
    AMOUNT_MINOR_MAX,
    Answer,
    Instruction,
    PaymentKind,
    PaymentState,
    Saying,
    Warrant,
    Wire,
)
from tongtu.payments.rail import IsoRail, Rail
from tongtu.payments.store import (
    count_open,
    count_warrants,
    find_instruction,
    find_payment,
    pending_minor,
)
from tongtu.payments.worker import SETTLED, RailWorker

__all__ = [
    "AMOUNT_MINOR_MAX",
    "SETTLED",
    "Answer",
    "Instruction",
    "IsoRail",
    "PaymentKind",
    "PaymentState",
    "Rail",
    "RailWorker",
    "Saying",
    "Warrant",
    "Wire",
    "collect",
    "count_open",
    "count_warrants",
    "find_instruction",
    "find_payment",
    "pending_minor",
    "release",
]
