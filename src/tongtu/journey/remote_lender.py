"""Lenders on machines of their own: asked beside the decision, heard when they answer.

The decision lane never waits for them. What was decided comes by the outbox; the intent is
committed, the licensed bureau is handed the credit information, the lender is told a reference to
it, and its signed answer becomes an offer only where the pack lets it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any, Protocol

import msgspec

from tongtu.checkout.api import find_purchase
from tongtu.funding.api import (
    AskState,
    Booking,
    LenderLine,
    NoAnswer,
    Program,
    RemoteAnswer,
    RemoteAsk,
    RemoteLender,
    RemoteQuote,
    Request,
    Signed,
    close_request,
    count_bad,
    has_room,
    hear,
    lease_requests,
    lock_request,
    note_request,
    put_off,
    refuse_request,
    settle_answer,
    understood,
    valid_keys,
    write_ask,
)
from tongtu.identity.api import Scope, consent_bit
from tongtu.journey.case import step_of
from tongtu.journey.needs import Deciding, Lending, UnderLaw
from tongtu.journey.steps import Step
from tongtu.kernel.errors import NotAllowed, NotReady, Refused
from tongtu.kernel.ids import id_shard
from tongtu.origination.api import Offer, Record, find_record, judge_remote
from tongtu.risk.api import CreditGateway, Receiver, Wish, reference_of, share_credit
from tongtu.risk.api import NoAnswer as NoBureau
from tongtu.runtime.api import Background, Connection, Event, get_logger, publish

DECIDED = "origination.decided"
ANSWERED = "funding.lender_answered"
SALT_BYTES = 16
ASKS_AT_ONCE = 8
POLL_S = 0.5
# Nobody waits longer for any lender: what was decided before that is not asked about any more.
AGE_MAX = timedelta(minutes=10)
# Why a lender's yes is not shown that no rule of the pack names.
NOT_ADMITTED, TOO_SMALL, FEE_UNNAMED = "not_admitted", "amount_out_of_range", "fee_without_payee"
# Why nothing is sent any more: the person took an offer, or the case went on without one.
CASE_OVER, PURCHASE = "case_over", "merchant_purchase"
log = get_logger("lenders")


class Platform(Deciding, Lending, UnderLaw, Protocol):
    """What asking lenders needs of the running platform."""


class _Over(Exception):
    """Nobody waits for the answer any more; its text says why."""


class _Named(msgspec.Struct):
    request: str


_named = msgspec.json.Decoder(_Named)


class RemoteDesk:
    """Asks the remote lenders and hears them. `lines` by lender number; none: nobody is reached."""

    def __init__(
        self,
        platform: Platform,
        lines: Mapping[int, LenderLine],
        gateway: CreditGateway | None,
    ) -> None:
        self.lines = lines
        self.gateway = gateway
        self._platform = platform
        self._runtime = platform.runtime
        self._worker = Background("remote lenders", self.step, POLL_S)

    async def start(self) -> None:
        """Begin to ask."""
        await self._worker.start()

    async def stop(self) -> None:
        """Stop; who was asked and not heard is asked again, under the same request."""
        await self._worker.stop()

    async def decided(self, event: Event) -> None:
        """Write the intent to ask, for each decision of a batch that has offers. Safe to repeat."""
        age = self._runtime.clock.now() - event.at
        if not self._platform.book.remotes or age > AGE_MAX:
            return
        found = self._sharing(event.payload["decisions"])
        if not found:
            return
        lane = self._platform.decisions
        if lane is None:
            raise NotReady("no model is trained yet")
        async with self._runtime.database.transaction() as connection:
            if not await has_room(connection, event.cell):
                log.warning("lenders_not_asked", decisions=len(found))
                return
            for decision in found:
                record = await find_record(connection, lane.versions, event.cell, decision)
                application = record.case.request.application
                if await find_purchase(connection, event.cell, application) is not None:
                    continue
                for wish in self._wishes(event.cell, record):
                    await note_request(connection, wish)
        self._worker.wake()

    async def step(self) -> int:
        """Ask what is due in every cell; return how many requests were."""
        asked = 0
        for cell in range(self._runtime.settings.cells):
            async with self._runtime.database.transaction() as connection:
                now = self._runtime.clock.now()
                due = await lease_requests(connection, cell, now, ASKS_AT_ONCE)
            # What nobody thought of in one request is due again; it keeps no other from going.
            for fault in await asyncio.gather(*map(self._ask, due), return_exceptions=True):
                if fault is not None:
                    log.error("lender_not_asked", cell=cell, exc_info=fault)
            asked += len(due)
            if len(due) == ASKS_AT_ONCE:
                self._worker.wake()
        return asked

    async def receive(self, signed: Signed, body: bytes) -> None:
        """Hear what a lender sends by itself: an answer it owed, or one it repeats.

        Raises:
            NotAllowed: code `bad_signature`: also where there is no such request.
        """
        try:
            code = _named.decode(body).request
            number = self._runtime.public.read("remote_request", code)
        except (msgspec.MsgspecError, ValueError, UnicodeDecodeError):
            raise NotAllowed("this answer is to no request", code="bad_signature") from None
        cell = self._runtime.cell(number)
        if not await self._hear((cell, number), signed, body, was_asked=False):
            raise NotAllowed("this answer's signature does not hold", code="bad_signature")

    def _sharing(self, told: Sequence[Sequence[Any]]) -> list[int]:
        """Return the decisions with offers whose person shares with a remote lender.

        Of all others nothing is read: they are most. Older events do not say whom one shares with.
        """
        bits = [
            1 << consent_bit(Scope.SHARE_LENDER, remote.lender.number)
            for remote in self._platform.book.remotes
        ]
        remotes = reduce(or_, bits, 0)
        return [
            decision
            for _, decision, _, outcome, *mask in told
            if outcome == "offers" and (not mask or mask[0] & remotes)
        ]

    def _wishes(self, cell: int, record: Record) -> list[Request]:
        runtime, asked = self._runtime, record.case.request
        mask, made = record.case.known.consent_mask, []
        for place, remote in enumerate(self._platform.book.remotes, start=1):
            program = _program_for(remote, record)
            bit = consent_bit(Scope.SHARE_LENDER, remote.lender.number)
            answer_by = record.decided_at + timedelta(seconds=remote.answer_within_s)
            if program is None or not mask >> bit & 1 or answer_by <= runtime.clock.now():
                continue
            made.append(
                Request(
                    cell=cell,
                    id=runtime.ids.new(id_shard(asked.application)),
                    application=asked.application,
                    decision=asked.decision,
                    party=asked.party,
                    lender=remote.lender.number,
                    program=program.id,
                    n=len(record.decided.offers) + place,
                    product=asked.product,
                    purpose=asked.purpose,
                    amount_minor=asked.amount_minor,
                    tenor_months=asked.tenor_months,
                    asked_at=runtime.clock.now(),
                    answer_by=answer_by,
                    attempts=0,
                    state=AskState.ASKED,
                    reason="",
                    salt=runtime.entropy.bytes(SALT_BYTES),
                )
            )
        return made

    async def _ask(self, request: Request) -> None:
        """Hand the information to the bureau, ask the lender, and hear it; else ask again later."""
        try:
            signed, body = await self._exchange(request)
        except Refused as refused:
            async with self._runtime.database.transaction() as connection:
                await refuse_request(connection, request.cell, request.id, refused.detail)
            return
        except _Over as over:
            async with self._runtime.database.transaction() as connection:
                await close_request(connection, request.cell, request.id, str(over))
            return
        except (NoAnswer, NoBureau):
            async with self._runtime.database.transaction() as connection:
                await put_off(connection, self._runtime, request)
            return
        await self._hear((request.cell, request.id), signed, body, was_asked=True)

    async def _exchange(self, request: Request) -> tuple[Signed, bytes]:
        runtime, line = self._runtime, self.lines.get(request.lender)
        remote = self._platform.book.remote(request.lender)
        if remote is None or not self._platform.book.knows(request.program):
            raise NoAnswer  # it left the book: its requests run out
        lane = self._platform.decisions
        if line is None or lane is None:
            raise NoAnswer
        now = runtime.clock.now()
        async with runtime.database.reading() as connection:
            await self._check_open(connection, request)
            keys = await valid_keys(connection, request.lender, now)
            record = await find_record(connection, lane.versions, request.cell, request.decision)
        receiver = Receiver(
            request.lender, remote.lender.id, remote.credit_route.value, tuple(keys.values())
        )
        wish = Wish(request.id, request.party, receiver, _content(record))
        await share_credit(runtime, self._platform.pack, self.gateway, wish)
        code = runtime.public.show("remote_request", request.id)
        ask = RemoteAsk(
            request=code,
            lender=remote.lender.id,
            program=self._platform.book.program(request.program).code,
            product=request.product,
            purpose=request.purpose,
            amount_minor=request.amount_minor,
            tenor_months=request.tenor_months,
            credit_reference=reference_of(runtime, request.id),
            answer_by=request.answer_by.isoformat(),
        )
        return await line.ask(code, write_ask(ask), now)

    async def _check_open(self, connection: Connection, request: Request) -> None:
        """Raise _Over where an answer would help nobody: then no information leaves for it."""
        step = await step_of(connection, self._runtime, request.application)
        if step is not Step.OFFERS:
            raise _Over(CASE_OVER)
        # A buyer sees the plans of the purchase's own answer; a remote lender pays no merchants.
        if await find_purchase(connection, request.cell, request.application) is not None:
            raise _Over(PURCHASE)

    async def _hear(
        self, of: tuple[int, int], signed: Signed, body: bytes, *, was_asked: bool
    ) -> bool:
        """Take an answer, whatever it is; return whether its signature holds.

        Only what came to our own question puts the next one off: else anybody could.
        """
        runtime = self._runtime
        async with runtime.database.transaction() as connection:
            request = await lock_request(connection, *of)
            if request is None:
                return False
            try:
                heard = await hear(connection, runtime, request, signed, body)
            except NotAllowed:
                log.warning("lender_signature_bad", lender=request.lender, request=request.id)
                await count_bad(connection, request)
                if was_asked:
                    await put_off(connection, runtime, request)
                return False
            answer = understood(runtime, request, heard)
            booking = None if answer is None else await self._booking(connection, request, answer)
            state = await settle_answer(connection, request, heard, booking)
            if booking is not None and (state is AskState.TIMED_OUT or state is not request.state):
                await self._tell(connection, request, state)
            elif booking is None and was_asked:
                await put_off(connection, runtime, request)
        return True

    async def _booking(
        self, connection: Connection, request: Request, answer: RemoteAnswer
    ) -> Booking:
        """Return what an answer comes to under the law of the decision's day."""
        lane = self._platform.decisions
        if lane is None:
            raise NotReady("no model is trained yet")
        if answer.decision == "decline" or answer.rate_bps is None:
            return Booking(AskState.DECLINED, answer.reason, answer.policy, None)
        if not self._platform.book.knows(request.program):  # it left the book meanwhile
            return Booking(AskState.AGAINST_LAW, NOT_ADMITTED, answer.policy, None)
        program = self._platform.book.program(request.program)
        amount = answer.amount_minor or request.amount_minor
        quote = RemoteQuote(
            program=request.program,
            lender=request.lender,
            amount_minor=amount,
            rate_bps=answer.rate_bps,
            fee_monthly_minor=answer.fee_monthly_minor,
        )
        against = ""
        if amount < program.amount_min_minor:
            against = TOO_SMALL
        elif answer.fee_monthly_minor and program.fee_payee is None:
            against = FEE_UNNAMED
        if against:
            return Booking(AskState.AGAINST_LAW, against, answer.policy, None)
        place = (request.cell, request.decision)
        found = await judge_remote(connection, lane.versions, place, quote)
        if isinstance(found, Offer):
            return Booking(AskState.OFFERED, "", answer.policy, found._asdict())
        rule = NOT_ADMITTED if found is None else found.rule
        return Booking(AskState.AGAINST_LAW, rule, answer.policy, None)

    async def _tell(self, connection: Connection, request: Request, state: AskState) -> None:
        told: dict[str, Any] = {
            "request": request.id,
            "application": request.application,
            "party": request.party,
            "lender": request.lender,
            "n": request.n,
            "state": state.value,
        }
        at, number = self._runtime.clock.now(), request.id
        if state is AskState.CONTRADICTED:  # a second piece of news of one request
            number = self._runtime.ids.new(id_shard(request.application))
        await publish(connection, Event(request.cell, number, ANSWERED, told, at))


def _program_for(remote: RemoteLender, record: Record) -> Program | None:
    """Return the lender's program that this application fits, by what is known of it here."""
    asked = record.case.request
    return next(
        (
            one
            for one in remote.lender.programs
            if asked.product in one.products
            and one.tenor_min_months <= asked.tenor_months <= one.tenor_max_months
            and asked.amount_minor >= one.amount_min_minor
        ),
        None,
    )


def _content(record: Record) -> dict[str, object]:
    """Return the credit information a lender decides on: stated facts and the platform's advice."""
    said, decided = record.case.request.declared, record.decided
    return {
        "points": decided.points,
        "band": decided.band,
        "income_minor": said.income_minor,
        "expenses_minor": said.expenses_minor,
        "assets_minor": said.assets_minor,
        "debt_minor": said.debt_minor,
        "seniority_years": said.seniority_years,
        "home": said.home,
        "job": said.job,
        "records": said.records,
        "exposure_minor": record.case.known.exposure_minor,
    }
