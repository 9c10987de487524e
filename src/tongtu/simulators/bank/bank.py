"""What the bank does with an order and with a question. It may lie in words, never in its books."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date

from tongtu.simulators.bank.books import (
    ACCEPTED,
    DONE,
    LIED,
    REFUSED,
    REPEATED,
    Books,
    Errors,
    Order,
    Payment,
)
from tongtu.simulators.bank.message import (
    DUPLICATE,
    NO_ORIGINAL,
    BadOrder,
    read_order,
    write_refusal,
    write_status,
)
from tongtu.simulators.bank.mischief import Mischief
from tongtu.simulators.bank.notice import Desk
from tongtu.simulators.bank.statement import write_statement

ACCOUNT_CLOSED, SENT_BACK = "AC04", "AC06"
FEE_MINOR, RETURN_CHARGE_MINOR = 200, 300


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; a silent one is never sent."""

    status: int
    body: bytes = b""
    is_silent: bool = False
    is_cut: bool = False  # the connection ends at once


SILENCE = Reply(0, is_silent=True)
AWAY = Reply(0, is_silent=True, is_cut=True)


class Bank:
    """Books each end-to-end id once; the same order again gives the present status."""

    def __init__(self, books: Books, mischief: Mischief, desk: Desk | None = None) -> None:
        self._books = books
        self._mischief = mischief
        self.desk = desk or Desk(mischief, now=books.now)
        self._orders: Counter[str] = Counter()
        self._questions: Counter[str] = Counter()
        self._requests = 0

    def take(self, body: bytes) -> Reply:
        """Take an order."""
        if self._is_away():
            return AWAY
        try:
            return self._take(read_order(body))
        except BadOrder as fault:
            return Reply(400, str(fault).encode())

    def _take(self, order: Order) -> Reply:
        number = order.end_to_end_id
        self._orders[number] += 1
        nth = self._orders[number]
        if self._strikes("timeout_before_effect", number, nth):
            return SILENCE
        payment, is_new = self._books.find(number), False
        if payment is None:
            payment, is_new = self._book(order), True
        else:
            self._books.note(REPEATED, number, order.kind)
        if payment.order != order:
            return Reply(409, b"another order of this end-to-end id is booked")
        if not is_new and self._mischief.happens("duplicate", number):
            return Reply(200, self._refusal(number, DUPLICATE, REFUSED))
        if self._strikes("timeout_after_effect", number, nth):
            return SILENCE
        if payment.is_denied:
            return Reply(200, self._refusal(number, ACCOUNT_CLOSED, REFUSED))
        return Reply(200, write_status(payment, self._books.now()))

    def tell(self, number: str) -> Reply:
        """Answer a question about a payment."""
        if self._is_away():
            return AWAY
        payment = self._books.find(number)
        unheard = Reply(404, self._refusal(number, NO_ORIGINAL, None))
        if payment is None:
            return unheard
        self._questions[number] += 1
        if self._questions[number] == 1 and self._strikes("duplicate", number, 1):
            return unheard
        self._pass_time(payment)
        return Reply(200, write_status(payment, self._books.now()))

    def statement(self, account: str, day: date) -> Reply:
        """Return a day of an account as the books have it now."""
        if self._is_away():
            return AWAY
        opening_minor, lines = self._books.lines(account, day)
        at = self._books.now()
        return Reply(200, write_statement(account, day, opening_minor, lines, at))

    def totals(self) -> Reply:
        """Return what the books hold, to be reconciled with."""
        return Reply(200, json.dumps(self._books.totals()).encode())

    def _book(self, order: Order) -> Payment:
        number = order.end_to_end_id
        is_refused = self._mischief.happens("refuse", number)
        is_denied = not is_refused and self._strikes("settle_after_no", number, 1)
        is_wrong = not is_refused and self._strikes("wrong_amount", number, 1)
        is_late = not is_refused and not is_denied and self._mischief.happens("late", number)
        payment = self._books.book(
            order,
            reason=ACCOUNT_CLOSED if is_refused or is_denied else None,
            questions_left=self._mischief.questions(number) if is_late else 0,
            errors=Errors(order.amount_minor - 1 if is_wrong else None, is_denied=is_denied),
        )
        if payment.status == DONE:
            self._after_done(payment)
        elif payment.status == ACCEPTED:
            self.desk.tell_status(payment)
        return payment

    def _pass_time(self, payment: Payment) -> None:
        if payment.status in (DONE, REFUSED):
            return
        payment.questions_left -= 1
        if payment.questions_left <= 0:
            self._books.settle(payment)
            self._after_done(payment)

    def _after_done(self, payment: Payment) -> None:
        number = payment.order.end_to_end_id
        self.desk.tell_line(self._books.line_of(payment))
        if self._strikes("stray", number, 1):
            self._books.take_fee(payment, FEE_MINOR)
        if self._strikes("give_back", number, 1):
            is_charged = payment.amount_minor > RETURN_CHARGE_MINOR
            is_charged = is_charged and self._strikes("charge_return", number, 1)
            charge_minor = RETURN_CHARGE_MINOR if is_charged else 0
            line = self._books.give_back(payment, SENT_BACK, charge_minor)
            self.desk.tell_return(payment, line)

    def _refusal(self, number: str, reason: str, status: str | None) -> bytes:
        return write_refusal(number, reason=reason, status=status, at=self._books.now())

    def _is_away(self) -> bool:
        self._requests += 1
        return self._mischief.is_out(self._requests)

    def _strikes(self, name: str, number: str, nth: int) -> bool:
        does = self._mischief.happens(name, number, nth)
        if does:
            self._books.note(LIED, number, name)
        return does
