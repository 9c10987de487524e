"""The bank's books: what was booked, kept in an append-only journal that survives a kill.

A payment is booked once, whatever happens around it; a line cut short by a kill was never booked.
Days are those of the orders: the bank's own day is the latest one that anybody asked it for.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tongtu.simulators.clock import Now, machine

BOOKED, SETTLED, REPEATED, LIED = "booked", "settled", "repeated", "lied"
MOVED = "moved"
ACCEPTED, DONE, REFUSED = "ACSP", "ACSC", "RJCT"


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer asks the bank to do; `day` is when it wants it done, as 2026-11-24."""

    end_to_end_id: str
    kind: str
    debtor: str
    creditor: str
    amount_minor: int
    currency: str
    day: str = "2026-11-24"


@dataclass(slots=True)
class Payment:
    """An order in the books; a late one settles after `questions_left` more questions."""

    order: Order
    reference: str
    status: str
    reason: str | None
    questions_left: int
    amount_minor: int = -1  # what moves; the order's amount unless the bank errs
    is_denied: bool = False  # the bank says no to it although it moved the money

    def __post_init__(self) -> None:
        if self.amount_minor < 0:
            self.amount_minor = self.order.amount_minor


@dataclass(frozen=True, slots=True)
class Line:
    """One movement on one account, signed as the account sees it."""

    reference: str
    account: str
    amount_minor: int
    day: str
    end_to_end_id: str
    is_return: bool
    reason: str | None
    charge_minor: int = 0  # kept of what came back, and not in the amount


@dataclass(frozen=True, slots=True)
class Errors:
    """What the bank does wrong about one payment in its own books."""

    amount_minor: int | None = None
    is_denied: bool = False


class Books:
    """All payments by end-to-end id; every change is in the journal before it is answered."""

    def __init__(self, path: Path, now: Now = machine) -> None:
        self.now = now
        self._payments: dict[str, Payment] = {}
        self._lines: dict[str, list[Line]] = {}
        self._moved = 0
        self.today = ""
        self._replay(path)
        self._journal = path.open("ab", buffering=0)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def find(self, end_to_end_id: str) -> Payment | None:
        """Return the payment, or None when the bank has never booked it."""
        return self._payments.get(end_to_end_id)

    def book(
        self, order: Order, *, reason: str | None, questions_left: int, errors: Errors | None = None
    ) -> Payment:
        """Book an order that is new: refused for `reason`, else done at once or late."""
        if order.end_to_end_id in self._payments:
            raise ValueError("a payment is booked once")
        wrong = errors or Errors()
        fields = {
            **asdict(order),
            "reference": f"bk{len(self._payments) + 1:09}",
            "reason": reason,
            "late": questions_left,
            "booked_minor": order.amount_minor
            if wrong.amount_minor is None
            else wrong.amount_minor,
            "is_denied": wrong.is_denied,
        }
        self._write(BOOKED, fields)
        return self._add(fields)

    def settle(self, payment: Payment) -> None:
        """Let a late payment be done."""
        self._write(SETTLED, {"end_to_end_id": payment.order.end_to_end_id})
        self._settle(payment)

    def give_back(self, payment: Payment, reason: str, charge_minor: int = 0) -> Line:
        """Move the money of a done payment back, less a charge; return the lender's line."""
        order, amount_minor = payment.order, payment.amount_minor - charge_minor
        number = order.end_to_end_id
        back = (order.creditor, order.debtor, amount_minor, number, reason, charge_minor)
        return self._move_new(back, is_return=True, account=lender_of(order))

    def take_fee(self, payment: Payment, amount_minor: int) -> Line:
        """Move what nobody ordered from the lender's account to the bank's own."""
        fee = (lender_of(payment.order), "bank-fees", amount_minor, "", None, 0)
        return self._move_new(fee, is_return=False, account=lender_of(payment.order))

    def lines(self, account: str, day: date) -> tuple[int, list[Line]]:
        """Return an account's opening balance of a day in minor units, and the day's lines."""
        text = day.isoformat()
        every = self._lines.get(account, [])
        opening_minor = sum(line.amount_minor for line in every if line.day < text)
        return opening_minor, [line for line in every if line.day == text]

    def line_of(self, payment: Payment) -> Line:
        """Return the line of a done payment on its lender's account."""
        account = lender_of(payment.order)
        number = payment.order.end_to_end_id
        [found] = [
            line
            for line in self._lines[account]
            if line.end_to_end_id == number and not line.is_return
        ]
        return found

    def totals(self) -> dict[str, int]:
        """Return counts, and the sum of what was done in minor units."""
        payments = self._payments.values()
        done = [payment for payment in payments if payment.status == DONE]
        return {
            "payments": len(payments),
            "done": len(done),
            "refused": sum(payment.status == REFUSED for payment in payments),
            "done_minor": sum(payment.amount_minor for payment in done),
        }

    def note(self, event: str, end_to_end_id: str, what: str) -> None:
        """Write down what moved no money: a repeated order, a lie told."""
        self._write(event, {"end_to_end_id": end_to_end_id, "what": what})

    def _write(self, event: str, fields: dict[str, Any]) -> None:
        line = json.dumps(
            {"event": event, **fields, "at": self.now().isoformat()}, ensure_ascii=False
        )
        self._journal.write(line.encode() + b"\n")  # unbuffered: it outlives a kill of the bank

    def _add(self, fields: dict[str, Any]) -> Payment:
        order = Order(**{name: fields[name] for name in Order.__dataclass_fields__})
        late, reason = fields["late"], fields["reason"]
        status = REFUSED if reason and not fields["is_denied"] else ACCEPTED
        payment = Payment(
            order, fields["reference"], status, reason, late, fields["booked_minor"],
            fields["is_denied"],
        )  # fmt: skip
        self._payments[order.end_to_end_id] = payment
        self.today = max(self.today, order.day)
        if status == ACCEPTED and not late:
            self._settle(payment)
        return payment

    def _settle(self, payment: Payment) -> None:
        payment.status, payment.questions_left = DONE, 0
        order = payment.order
        self._move(
            (order.debtor, order.creditor, payment.amount_minor, order.end_to_end_id, None, 0),
            payment.reference,
            is_return=False,
        )

    def _move_new(self, what: _Movement, *, is_return: bool, account: str) -> Line:
        reference = f"mv{self._moved + 1:09}"
        self._write(MOVED, {"what": list(what), "reference": reference, "is_return": is_return})
        self._move(what, reference, is_return=is_return)
        return self._lines[account][-1]

    def _move(self, what: _Movement, reference: str, *, is_return: bool) -> None:
        debtor, creditor, amount_minor, number, reason, charge_minor = what
        self._moved += 1
        for account, signed in ((debtor, -amount_minor), (creditor, amount_minor)):
            line = Line(
                reference, account, signed, self.today, number, is_return, reason, charge_minor
            )
            self._lines.setdefault(account, []).append(line)

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
                # Lines of an older bank lack what it could not do yet.
                known = {"booked_minor": fields["amount_minor"], "is_denied": False, "day": ""}
                self._add(known | fields)
            elif fields["event"] == SETTLED:
                self._settle(self._payments[fields["end_to_end_id"]])
            elif fields["event"] == MOVED:
                what = tuple(fields["what"])
                if len(what) < _MOVEMENT_FIELDS:  # an older bank kept nothing of what came back
                    what = (*what, 0)
                self._move(what, fields["reference"], is_return=fields["is_return"])


# Debtor, creditor, amount, end-to-end id, reason, charge.
_Movement = tuple[str, str, int, str, str | None, int]
_MOVEMENT_FIELDS = 6


def lender_of(order: Order) -> str:
    """Return the account of the side that is our customer: who pays out, or who collects."""
    return order.debtor if order.kind == "payout" else order.creditor
