"""A borrower withdraws from a contract within their days (COOL-01): what it comes to, and doing it.

The days are the law's and those the lender promised in the paper, by the clock of the person. The
principal goes back with interest for the days it was there, fees are as if never agreed; what is
shown before is what is booked, and is kept with the law it was judged by.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
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
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Conflict, Refused
from tongtu.kernel.ids import LenderId, id_shard
from tongtu.notice.api import Notice, send
from tongtu.payments.api import Instruction, PaymentKind, collect, pending_minor
from tongtu.policy.api import Pack, Severity
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
    today: date  # by the clock of the person, who may be a day ahead of the books


async def look_at_withdrawal(papers: Papers, caller: Caller, loan: int) -> dict[str, Any]:
    """Return what withdrawing would come to now, or what it came to, and until when it is possible.

    `refusal` names why it is not, `next` what to do instead. Raises NotFound.
    """
    runtime = papers.runtime
    async with runtime.database.reading() as connection:
        row = await find_row(connection, runtime.cell(loan), caller, loan)
        if await is_imported(connection, row.cell, loan):
            return _cannot(runtime, row, NO_PAPER, None)
        right = await _right(connection, papers, row)
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
    money came back. Where the bank says no the withdrawal stands, and is paid like any repayment.

    Raises:
        NotFound: not a loan of the caller's.
        Refused: `withdrawal_over`: the days are over; `withdraw_by_goods`, `no_paper_here`: another
            way leads there; the loan is over. `fields.next` says what to do.
        Conflict: `payment_under_way`; `withdrawn_already`.
    """
    runtime = papers.runtime

    async def effect(connection: Connection) -> bytes:
        cell = runtime.cell(loan)
        # The day cannot pass between here and the commit: its end waits for this lock.
        await share_books(connection, cell)
        row = await hold_row(connection, cell, caller, loan)
        if await is_imported(connection, cell, loan):
            raise _refused(NO_PAPER, "the contract was signed elsewhere")
        right = await _right(connection, papers, row)
        done = await find_withdrawal(connection, runtime, right.agreement.id, row.party)
        if done is not None:
            raise Conflict("the contract was withdrawn from before", code="withdrawn_already")
        _check(right)
        entered = await entered_payments(connection, cell, loan)
        if await pending_minor(connection, cell, loan, entered):
            raise Conflict("a payment is under way; ask again after it", code="payment_under_way")
        found = await _preview(connection, right)
        shown = _shown(runtime, right, found)
        await record_change(connection, runtime, cell, loan, _change(right, found.event.value_date))
        await _keep(connection, runtime, right, shown)
        payment = await _collect(connection, runtime, row, shown["pay_minor"])
        return json.dumps(shown | {"state": "withdrawn", "payment": payment}).encode()

    return await once(runtime, caller, "withdraw", key, effect)


async def _right(connection: Connection, papers: Papers, row: LoanRow) -> _Right:
    runtime = papers.runtime
    agreement = await find_agreement(connection, runtime, row.agreement, row.party)
    law = papers.law_of(papers.book.lender(LenderId(row.lender)).id)
    zone, signed_at = runtime.settings.zone, agreement.signed_at
    assert signed_at is not None, "a loan has a signed paper"
    signed_on, today = (business_date_of(at, zone) for at in (signed_at, runtime.clock.now()))
    until = last_day(law, signed_on, agreement.deal.withdrawal_days, today)
    return _Right(row, agreement, law, until, today)


def last_day(law: Pack, signed_on: date, granted_days: int, today: date) -> date | None:
    """Return the last day on which a contract may be withdrawn from, by the law of `today`.

    None where no day is one, and where the law has no rule for it: no rule is no right.
    """
    if not law.facts_needed(POINT, today):
        return None
    check, until = law.compile(POINT, today), None
    for days in range(WINDOW_DAYS_MAX):
        facts: Mapping[str, object] = {
            "days_since_signing": days,
            "granted_withdrawal_days": granted_days,
        }
        if any(one.severity is not Severity.WARN for one in check(facts)):
            break
        until = signed_on + timedelta(days=days)
    return until


def _check(right: _Right) -> None:
    """Raise Refused where the contract cannot be withdrawn from today, with what to do instead."""
    if right.row.merchant:
        raise _refused(BY_GOODS, "the money went to a merchant for goods")
    if right.until is None or right.today > right.until:
        raise _refused(OVER, right.law.reason(OVER, "en"))


def _refused(code: str, said: str) -> Refused:
    return Refused(said, code=code, fields={"next": _NEXT[code]})


def _change(right: _Right, day: date) -> Change:
    is_owed = bool(int(right.law.param(INTEREST_OWED, right.today)))
    return Change(EventKind.WITHDRAWN, day, Unwinding(is_owed))


async def _preview(connection: Connection, right: _Right) -> Previewed:
    day = await business_date(connection)
    return await preview_loan_change(connection, right.row.cell, right.row.id, _change(right, day))


def _shown(runtime: Runtime, right: _Right, found: Previewed) -> dict[str, Any]:
    """Return what a withdrawal comes to, both ways, as plain values."""
    before, after, row = found.before, found.after, right.row
    repay_days = int(right.law.param(REPAY_DAYS, right.today))
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
        "repay_by": (right.today + timedelta(days=repay_days)).isoformat(),
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
    if not amount_minor:
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
