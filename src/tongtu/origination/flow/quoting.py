"""Quotes for goods pages: whoever asks in one turn of the loop is answered by one call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date

from tongtu.kernel.errors import Overloaded, TongtuError
from tongtu.origination.rules.goods import GoodsAsked, GoodsOffer, GoodsQuotes
from tongtu.runtime.api import get_logger

WAITING_MAX = 4_096
RETRY_AFTER_S = 1
# The page of an article is asked for again and again: its answer is a function of these values.
KEPT_MAX = 4_096
log = get_logger("quotes")


class QuoteLane:
    """Batches quotes; there is no database behind it, so a batch takes what is there at once."""

    def __init__(self, quotes: GoodsQuotes, today: Callable[[], date]) -> None:
        self._quotes, self._today = quotes, today
        self._waiting: list[tuple[GoodsAsked, asyncio.Future[list[GoodsOffer]]]] = []
        self._kept: dict[GoodsAsked, list[GoodsOffer]] = {}
        self._day = date.min

    async def submit(self, asked: GoodsAsked) -> list[GoodsOffer]:
        """Return the offers, by term and the cheapest first.

        Raises:
            Overloaded: too many wait.
        """
        today = self._today()
        if today != self._day:
            self._day = today
            self._kept.clear()
        found = self._kept.get(asked)
        if found is not None:
            return found
        if len(self._waiting) >= WAITING_MAX:
            raise Overloaded("too many at once; try again", retry_after_s=RETRY_AFTER_S)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[GoodsOffer]] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._serve)
        self._waiting.append((asked, answer))
        return await answer

    def _serve(self) -> None:
        waiting, self._waiting = self._waiting, []
        made = self._quote([asked for asked, _ in waiting])
        if len(self._kept) + len(made) > KEPT_MAX:
            self._kept.clear()
        for (asked, answer), offers in zip(waiting, made, strict=True):
            if not isinstance(offers, Exception):
                self._kept[asked] = offers
            if answer.done():
                continue
            if isinstance(offers, Exception):
                answer.set_exception(offers)
            else:
                answer.set_result(offers)

    def _quote(self, asked: list[GoodsAsked]) -> list[list[GoodsOffer] | Exception]:
        """Return what each is answered, in order; one page that cannot be priced fails alone."""
        try:
            return [*self._quotes.quote(asked, self._day)]
        except Exception as fault:
            # Whoever waits is told, whatever it is: nobody else would end their wait.
            if not isinstance(fault, TongtuError):
                log.error("quotes_failed", pages=len(asked), exc_info=fault)
            if len(asked) == 1:
                return [fault]
        return [self._quote_one(one) for one in asked]

    def _quote_one(self, asked: GoodsAsked) -> list[GoodsOffer] | Exception:
        try:
            (offers,) = self._quotes.quote([asked], self._day)
        except Exception as fault:  # noqa: BLE001 - logged with its batch, and told to its caller
            return fault
        return offers
