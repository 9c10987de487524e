"""What the bank does with an order and with a question. It may lie in words, never in its books."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from tongtu.simulators.bank.books import DONE, LIED, REFUSED, REPEATED, Books, Payment
from tongtu.simulators.bank.message import (
    DUPLICATE,
    NO_ORIGINAL,
    BadOrder,
    read_order,
    write_refusal,
    write_status,
)
from tongtu.simulators.bank.mischief import Mischief

ACCOUNT_CLOSED = "AC04"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; a silent one is never sent."""

    status: int
    body: bytes = b""
    is_silent: bool = False


SILENCE = Reply(0, is_silent=True)


class Bank:
    """Books each end-to-end id once; the same order again gives the present status."""

    def __init__(self, books: Books, mischief: Mischief) -> None:
        self._books = books
        self._mischief = mischief
        self._orders: Counter[str] = Counter()
        self._questions: Counter[str] = Counter()

    def take(self, body: bytes) -> Reply:
        """Take an order."""
        try:
            order = read_order(body)
        except BadOrder as fault:
            return Reply(400, str(fault).encode())
        number = order.end_to_end_id
        self._orders[number] += 1
        nth = self._orders[number]
        if self._strikes("timeout_before_effect", number, nth):
            return SILENCE
        payment = self._books.find(number)
        if payment is not None:
            self._books.note(REPEATED, number, order.kind)
            if payment.order != order:
                return Reply(409, b"another order of this end-to-end id is booked")
            if self._mischief.happens("duplicate", number):
                return Reply(200, write_refusal(number, reason=DUPLICATE, status=REFUSED))
        else:
            is_refused = self._mischief.happens("refuse", number)
            is_late = not is_refused and self._mischief.happens("late", number)
            payment = self._books.book(
                order,
                reason=ACCOUNT_CLOSED if is_refused else None,
                questions_left=self._mischief.questions(number) if is_late else 0,
            )
        if self._strikes("timeout_after_effect", number, nth):
            return SILENCE
        return Reply(200, write_status(payment))

    def tell(self, number: str) -> Reply:
        """Answer a question about a payment."""
        payment = self._books.find(number)
        unheard = Reply(404, write_refusal(number, reason=NO_ORIGINAL, status=None))
        if payment is None:
            return unheard
        self._questions[number] += 1
        if self._questions[number] == 1 and self._strikes("duplicate", number, 1):
            return unheard
        self._pass_time(payment)
        return Reply(200, write_status(payment))

    def totals(self) -> Reply:
        """Return what the books hold, to be reconciled with."""
        return Reply(200, json.dumps(self._books.totals()).encode())

    def _pass_time(self, payment: Payment) -> None:
        if payment.status in (DONE, REFUSED):
            return
        payment.questions_left -= 1
        if payment.questions_left <= 0:
            self._books.settle(payment)

    def _strikes(self, name: str, number: str, nth: int) -> bool:
        does = self._mischief.happens(name, number, nth)
        if does:
            self._books.note(LIED, number, name)
        return does
