"""A borrower withdraws from a contract within their days (COOL-01): what it comes to, and doing it.

The days are the law's and those the lender promised in the paper, by the clock of the person. The
principal goes back with interest for the days it was there, fees are as if never agreed; what is
shown before is what is booked, and is kept with the law it was judged by.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tongtu.contracts.api import (
    Agreement,
    Withdrawal,
    find_agreement,
    find_withdrawal,
    keep_withdrawal,
    yuan,
)
from tongtu.identity.api import Caller, CommandKey, once
from tongtu.journey.contract import Papers
from tongtu.journey.credit_balance import give_rest_back
from tongtu.journey.line import line_repaid
from tongtu.journey.money_back import tell_change
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Conflict, Refused
from tongtu.kernel.ids import LenderId, id_shard
from tongtu.notice.api import Notice, send
from tongtu.payments.api import Instruction, PaymentKind, collect, pending_minor
from tongtu.policy.api import Pack, Severity, UnknownParameter
from tongtu.runtime.api import Connection, Runtime, business_date, publish
from tongtu.runtime.api import Event as Happened
from tongtu.servicing.api import (
    Change,
    EventKind,
    LoanRow,
    Previewed,
    entered_payments,
    find_row,
    hold_row,
    is_imported,
    preview_loan_change,
    record_change,
    share_books,
)
from tongtu.servicing.api import Withdrawal as Unwinding

POINT = "contract.withdraw"
WITHDRAWN = "contracts.withdrawn"
NOTICE = "contract_withdrawn"
# The longest window of any law or lender; a pack that gives more gives this.
WINDOW_DAYS_MAX = 60
INTEREST_OWED, REPAY_DAYS = "withdrawal_interest_owed", "withdrawal_repay_days"
BY_GOODS, OVER, NO_PAPER = "withdraw_by_goods", "withdrawal_over", "no_paper_here"
# Where the law has no figure: what the paper promises, and the days of (EU) 2023/2225 Art. 26(5).
_AS_PROMISED = {INTEREST_OWED: 1, REPAY_DAYS: 30}
# What a person can do instead, by the code that refuses.
_NEXT = {
    OVER: "pay off early at any time, with interest for the days used: see the loan's payoff",
    BY_GOODS: "return the goods to their merchant; the loan is lowered or unwound with them",
    NO_PAPER: "ask the lender that signed it",
}


@dataclass(frozen=True, slots=True)
class _Right:
    """A loan, its paper, and until which day it may be withdrawn from; None: never could."""

    row: LoanRow
    agreement: Agreement
    law: Pack
    until: date | None
    today: date  # of asking, by the clock of the person, who may be a day ahead of the books

    @property
    def repay_by(self) -> date:
        """The last day to pay back."""
        return self.today + timedelta(days=_param(self.law, REPAY_DAYS, self.today))


async def look_at_withdrawal(papers: Papers, caller: Caller, loan: int) -> dict[str, Any]:
    """Return what withdrawing would come to now, or what it came to, and until when it is possible.

    `refusal` names why it is not, `next` what to do instead. Raises NotFound.
    """
    runtime = papers.runtime
    asked_at = runtime.clock.now()
    async with runtime.database.reading() as connection:
        row = await find_row(connection, runtime.cell(loan), caller, loan)
        if await is_imported(connection, row.cell, loan):
            return _cannot(runtime, row, NO_PAPER, None)
        right = await _right(connection, papers, row, asked_at)
        done = await find_withdrawal(connection, runtime, right.agreement.id, row.party)
        if done is not None:
            kept: dict[str, Any] = json.loads(done.body)
            return kept | {"state": "withdrawn"}
        try:
            _check(right)
            found = await _preview(connection, right)
        except (Refused, Conflict) as refusal:
            return _cannot(runtime, row, refusal.code, right.until)
        return _shown(runtime, right, found) | {"state": "open"}


async def withdraw(papers: Papers, caller: Caller, loan: int, key: CommandKey) -> bytes:
    """Withdraw from the contract of the caller's own loan; return what was shown, and the payment.

    The loan counts without fees from this commit on; it ends when the bank has confirmed that the
    money came back. What is under way counts towards it, and only the rest is collected. Where the
    bank says no the withdrawal stands, and is paid like any repayment. The moment of asking counts,
    whatever it then waits for.

    Raises:
        NotFound: not a loan of the caller's.
        Refused: `withdrawal_over`: the days are over; `withdraw_by_goods`, `no_paper_here`: another
            way leads there; the loan is over. `fields.next` says what to do.
        Conflict: `withdrawn_already`.
    """
    runtime = papers.runtime
    asked_at = runtime.clock.now()

    async def effect(connection: Connection) -> bytes:
        cell = runtime.cell(loan)
        # The day cannot pass between here and the commit: its end waits for this lock.
        await share_books(connection, cell)
        row = await hold_row(connection, cell, caller, loan)
        if await is_imported(connection, cell, loan):
            raise _refused(NO_PAPER, "the contract was signed elsewhere")
        right = await _right(connection, papers, row, asked_at)
        done = await find_withdrawal(connection, runtime, right.agreement.id, row.party)
        if done is not None:
            raise Conflict("the contract was withdrawn from before", code="withdrawn_already")
        _check(right)
        found = await _preview(connection, right)
        shown = _shown(runtime, right, found)
        change = _change(right, found.event.value_date)
        state = await record_change(connection, runtime, cell, loan, change)
        await tell_change(connection, runtime, row, state)
        await line_repaid(connection, cell, row.application)
        await _keep(connection, runtime, right, shown)
        await give_rest_back(connection, runtime, row, state)
        entered = await entered_payments(connection, cell, loan)
        under_way = await pending_minor(connection, cell, loan, entered)
        payment = await _collect(connection, runtime, row, shown["pay_minor"] - under_way)
        return json.dumps(shown | {"state": "withdrawn", "payment": payment}).encode()

    return await once(runtime, caller, "withdraw", key, effect)


async def _right(
    connection: Connection, papers: Papers, row: LoanRow, asked_at: datetime
) -> _Right:
    runtime = papers.runtime
    agreement = await find_agreement(connection, runtime, row.agreement, row.party)
    law = papers.law_of(papers.book.lender(LenderId(row.lender)).id)
    zone, signed_at = runtime.settings.zone, agreement.signed_at
    assert signed_at is not None, "a loan has a signed paper"
    signed_on, today = (business_date_of(at, zone) for at in (signed_at, asked_at))
    until = last_day(law, signed_on, agreement.deal.withdrawal_days, today)
    return _Right(row, agreement, law, until, today)


def last_day(law: Pack, signed_on: date, granted_days: int, today: date) -> date | None:
    """Return the last day on which a contract may be withdrawn from: the law's or the lender's.

    None where no day is one. No rule of the law is no right by law; what the paper grants holds
    wherever it was signed.
    """
    granted = min(granted_days, WINDOW_DAYS_MAX)
    until = signed_on + timedelta(days=granted - 1) if granted else None
    if not law.facts_needed(POINT, today):
        return until
    check = law.compile(POINT, today)
    for days in range(WINDOW_DAYS_MAX):
        facts: Mapping[str, object] = {
            "days_since_signing": days,
            "granted_withdrawal_days": granted_days,
        }
        if any(one.severity is not Severity.WARN for one in check(facts)):
            break
        day = signed_on + timedelta(days=days)
        until = day if until is None else max(day, until)
    return until


def _param(law: Pack, name: str, at: date) -> int:
    try:
        return int(law.param(name, at))
    except UnknownParameter:
        return _AS_PROMISED[name]


def _check(right: _Right) -> None:
    """Raise Refused where the contract cannot be withdrawn from today, with what to do instead."""
    if right.row.merchant:
        raise _refused(BY_GOODS, "the money went to a merchant for goods")
    if right.until is None or right.today > right.until:
        raise _refused(OVER, "the time to withdraw is over")


def _refused(code: str, said: str) -> Refused:
    return Refused(said, code=code, fields={"next": _NEXT[code]})


def _change(right: _Right, day: date) -> Change:
    is_owed = bool(_param(right.law, INTEREST_OWED, right.today))
    return Change(EventKind.WITHDRAWN, day, Unwinding(is_owed, right.repay_by))


async def _preview(connection: Connection, right: _Right) -> Previewed:
    day = await business_date(connection)
    return await preview_loan_change(connection, right.row.cell, right.row.id, _change(right, day))


def _shown(runtime: Runtime, right: _Right, found: Previewed) -> dict[str, Any]:
    """Return what a withdrawal comes to, both ways, as plain values."""
    before, after, row = found.before, found.after, right.row
    return {
        "loan": runtime.public.show("loan", row.id),
        "agreement": runtime.public.show("agreement", right.agreement.id),
        "until": None if right.until is None else right.until.isoformat(),
        "on": found.event.value_date.isoformat(),
        "days_used": (found.event.value_date - row.terms.opened_on).days,
        "principal_minor": after.outstanding_minor,
        "interest_minor": after.interest_minor,
        "fees_returned_minor": before.paid_fee_minor - after.paid_fee_minor,
        "fees_dropped_minor": sum(one.fee_minor - one.paid_fee_minor for one in before.rows),
        "pay_minor": after.payoff_minor,
        "repay_by": right.repay_by.isoformat(),
        "refusal": None,
        "next": None,
    }


def _cannot(runtime: Runtime, row: LoanRow, code: str, until: date | None) -> dict[str, Any]:
    return {
        "loan": runtime.public.show("loan", row.id),
        "state": "over",
        "until": None if until is None else until.isoformat(),
        "refusal": code,
        "next": _NEXT.get(code),
    }


async def _keep(
    connection: Connection, runtime: Runtime, right: _Right, shown: dict[str, Any]
) -> None:
    """Write the record and its leaf, tell the person, and let the lender hear of it."""
    row, agreement, at = right.row, right.agreement, runtime.clock.now()
    repay_by = date.fromisoformat(shown["repay_by"])
    record = Withdrawal(
        agreement=agreement.id,
        party=row.party,
        loan=row.id,
        pack_hash=right.law.hash,
        business_date=date.fromisoformat(shown["on"]),
        repay_by=repay_by,
        body=json.dumps(shown, sort_keys=True, separators=(",", ":")),
        at=at,
    )
    await keep_withdrawal(connection, runtime, agreement, record)
    values = {
        "agreement": shown["agreement"],
        "amount": yuan(shown["pay_minor"]),
        "interest": yuan(shown["interest_minor"]),
        "repay_by": shown["repay_by"],
    }
    await send(connection, runtime, Notice(NOTICE, values, party=row.party))
    told = {"agreement": str(agreement.id), "party": str(row.party), "loan": str(row.id)}
    # The signature's event has the agreement's own number.
    number = runtime.ids.new(id_shard(row.party))
    await publish(connection, Happened(row.cell, number, WITHDRAWN, told, at))


async def _collect(
    connection: Connection, runtime: Runtime, row: LoanRow, amount_minor: int
) -> str | None:
    """Begin to collect what goes back; None where nothing does."""
    if amount_minor <= 0:
        return None
    payment = await collect(
        connection,
        runtime,
        Instruction(
            cell=row.cell,
            id=runtime.ids.new(id_shard(row.party)),
            kind=PaymentKind.COLLECTION,
            subject=row.id,
            party=row.party,
            lender=row.lender,
            amount_minor=amount_minor,
            value_date=await business_date(connection),
        ),
    )
    return payment.end_to_end_id
