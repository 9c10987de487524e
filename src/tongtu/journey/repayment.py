"""A borrower pays: the wish is checked against the debt and sent to the bank as a collection.

What it would do is shown before, by the same fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from tongtu.identity.api import Caller, CommandKey, once
from tongtu.kernel.ids import id_shard
from tongtu.payments.api import Instruction, PaymentKind, collect, pending_minor
from tongtu.runtime.api import Connection, Runtime
from tongtu.servicing.api import (
    Early,
    check_repayment,
    choose_early,
    entered_payments,
    find_row,
    hold_row,
    preview_repayment,
    schedule_json,
    share_books,
)


@dataclass(frozen=True, slots=True)
class Repayment:
    """How much is paid; money ahead ends the loan sooner, lowers it, or (None) pays the next."""

    amount_minor: int
    is_shortened: bool | None = None


async def repay(
    runtime: Runtime, caller: Caller, loan: int, asked: Repayment, key: CommandKey
) -> bytes:
    """Begin a repayment of the caller's own loan; it counts once the bank has confirmed it.

    Raises:
        NotFound: not a loan of the caller's.
        Refused: more than is owed, payments under way included.
    """

    async def effect(connection: Connection) -> bytes:
        cell = runtime.cell(loan)
        # The day cannot pass between here and the commit: its end waits for this lock.
        await share_books(connection, cell)
        row = await hold_row(connection, cell, caller, loan)
        entered = await entered_payments(connection, cell, loan)
        pending = await pending_minor(connection, cell, loan, entered)
        value_date = await check_repayment(connection, row, asked.amount_minor, pending)
        payment = await collect(
            connection,
            runtime,
            Instruction(
                cell=cell,
                id=runtime.ids.new(id_shard(row.party)),
                kind=PaymentKind.COLLECTION,
                subject=loan,
                party=row.party,
                lender=row.lender,
                amount_minor=asked.amount_minor,
                value_date=value_date,
            ),
        )
        if asked.is_shortened is not None:
            await choose_early(connection, cell, payment.id, is_shortened=asked.is_shortened)
        answer = {"payment": payment.end_to_end_id, "state": payment.state.value}
        return msgspec.json.encode(answer)

    return await once(runtime, caller, "repay", key, effect)


async def preview_own_repayment(
    runtime: Runtime, caller: Caller, loan: int, asked: Repayment
) -> dict[str, Any]:
    """Return what a payment of today would make of the caller's loan; nothing is written.

    `going_back_minor` is what it brings beyond the debt, and goes back by itself.

    Raises:
        NotFound: not a loan of the caller's.
        Refused: more than is owed, payments under way included.
    """
    cell = runtime.cell(loan)
    async with runtime.database.reading() as connection:
        row = await find_row(connection, cell, caller, loan)
        entered = await entered_payments(connection, cell, loan)
        pending = await pending_minor(connection, cell, loan, entered)
        early = None if asked.is_shortened is None else Early(asked.is_shortened)
        found = await preview_repayment(connection, row, asked.amount_minor, early, pending)
    state = found.state
    return {
        "loan": runtime.public.show("loan", loan),
        "date": state.as_of.isoformat(),
        "amount_minor": asked.amount_minor,
        "state": state.status.value,
        "outstanding_minor": state.outstanding_minor,
        "payoff_minor": state.payoff_minor,
        "going_back_minor": state.going_back_minor,
        "parts": [
            {"nr": part.nr, "component": part.component.value, "amount_minor": part.amount_minor}
            for part in found.parts
        ],
        "schedule": schedule_json(state),
    }
