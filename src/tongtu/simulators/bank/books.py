"""The bank's books: what was booked, kept in an append-only journal that survives a kill.

A payment is booked once, whatever happens around it; a line cut short by a kill was never booked.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BOOKED, SETTLED, REPEATED, LIED = "booked", "settled", "repeated", "lied"
ACCEPTED, DONE, REFUSED = "ACSP", "ACSC", "RJCT"


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer asks the bank to do."""

    end_to_end_id: str
    kind: str
    debtor: str
    creditor: str
    amount_minor: int
    currency: str


@dataclass(slots=True)
class Payment:
    """An order in the books; a late one settles after `questions_left` more questions."""

    order: Order
    reference: str
    status: str
    reason: str | None
    questions_left: int


class Books:
    """All payments by end-to-end id; every change is in the journal before it is answered."""

    def __init__(self, path: Path) -> None:
        self._payments: dict[str, Payment] = {}
        self._replay(path)
        self._journal = path.open("ab", buffering=0)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def find(self, end_to_end_id: str) -> Payment | None:
        """Return the payment, or None when the bank has never booked it."""
        return self._payments.get(end_to_end_id)

    def book(self, order: Order, *, reason: str | None, questions_left: int) -> Payment:
        """Book an order that is new: refused for `reason`, else done at once or late."""
        if order.end_to_end_id in self._payments:
            raise ValueError("a payment is booked once")
        reference = f"bk{len(self._payments) + 1:09}"
        self._write(
            BOOKED,
            {**asdict(order), "reference": reference, "reason": reason, "late": questions_left},
        )
        return self._add(order, reference, reason, questions_left)

    def settle(self, payment: Payment) -> None:
        """Let a late payment be done."""
        self._write(SETTLED, {"end_to_end_id": payment.order.end_to_end_id})
        payment.status, payment.questions_left = DONE, 0

    def totals(self) -> dict[str, int]:
        """Return counts, and the sum of what was done in minor units."""
        payments = self._payments.values()
        done = [payment for payment in payments if payment.status == DONE]
        return {
            "payments": len(payments),
            "done": len(done),
            "refused": sum(payment.status == REFUSED for payment in payments),
            "done_minor": sum(payment.order.amount_minor for payment in done),
        }

    def note(self, event: str, end_to_end_id: str, what: str) -> None:
        """Write down what moved no money: a repeated order, a lie told."""
        self._write(event, {"end_to_end_id": end_to_end_id, "what": what})

    def _write(self, event: str, fields: dict[str, Any]) -> None:
        at = datetime.now(UTC)  # house: seam - a simulator has its own clock
        line = json.dumps({"event": event, **fields, "at": at.isoformat()}, ensure_ascii=False)
        self._journal.write(line.encode() + b"\n")  # unbuffered: it outlives a kill of the bank

    def _add(self, order: Order, reference: str, reason: str | None, late: int) -> Payment:
        status = REFUSED if reason else ACCEPTED if late else DONE
        payment = Payment(order, reference, status, reason, late)
        self._payments[order.end_to_end_id] = payment
        return payment

    def _replay(self, path: Path) -> None:
        if not path.exists():
            return
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            with path.open("r+b") as journal:
                journal.truncate(len(whole))
        for line in whole.splitlines():
            fields = json.loads(line)
            if fields["event"] == BOOKED:
                order = Order(**{name: fields[name] for name in Order.__dataclass_fields__})
                self._add(order, fields["reference"], fields["reason"], fields["late"])
            elif fields["event"] == SETTLED:
                payment = self._payments[fields["end_to_end_id"]]
                payment.status, payment.questions_left = DONE, 0
