"""A loan is changed by two persons: one proposes and sees the preview, another allows it.

What is booked is what was proposed, byte for byte; it is checked again on the day it is allowed.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tongtu.identity.api import Approval, Caller, CommandKey, Proposal, once
from tongtu.journey.credit_balance import give_rest_back, no_longer_owed
from tongtu.journey.money_back import send_money_back, tell_change
from tongtu.journey.two_persons import Deed, do_deed, propose_deed
from tongtu.kernel.errors import Conflict
from tongtu.payments.api import is_refund_open
from tongtu.runtime.api import Connection, Runtime
from tongtu.servicing.api import (
    MONEY_OUT,
    Change,
    OtherWay,
    Previewed,
    ask_relief,
    change_json,
    change_of_json,
    find_row,
    grant_relief,
    hold_loan,
    preview_loan_change,
    record_change,
    refuse_relief,
    relief_granted,
    schedule_json,
    share_books,
)

OPERATION = "loan_change"
DEED = Deed(OPERATION, "propose_loan_change", "make_loan_change")


async def preview_change_of_loan(
    runtime: Runtime, caller: Caller, loan: int, change: Change
) -> dict[str, Any]:
    """Return how a loan would stand after a change of today. Raises NotFound, Refused."""
    cell = runtime.cell(loan)
    async with runtime.database.reading() as connection:
        await find_row(connection, cell, caller, loan)
        return _shown(runtime, await preview_loan_change(connection, cell, loan, change))


async def propose_change(
    runtime: Runtime, caller: Caller, loan: int, change: Change, key: CommandKey
) -> bytes:
    """Propose a change; return {"approval", "preview"} as JSON.

    Raises:
        NotFound: no such loan.
        NotAllowed: another role than one that may propose.
        Refused: it does not fit the loan as it stands.
    """

    async def prepare(connection: Connection) -> tuple[Proposal, dict[str, Any]]:
        cell = runtime.cell(loan)
        await find_row(connection, cell, caller, loan)
        found = await preview_loan_change(connection, cell, loan, change)
        return Proposal(OPERATION, loan, change_json(change)), {"preview": _shown(runtime, found)}

    return await propose_deed(runtime, caller, key, DEED, prepare)


async def make_change(runtime: Runtime, caller: Caller, approval: int, key: CommandKey) -> bytes:
    """Allow what another person proposed and book it; return the loan as it then stands.

    A refund or chargeback is sent over the bank first, and booked when it is paid; money that
    reached the borrower in another way is booked as it is allowed.

    Raises:
        NotFound, NotAllowed: no such proposal; one's own; a role that may not decide.
        Conflict: decided already, or too old; a refund of the loan is under way.
        Refused: it does not fit the loan any more. Nothing has changed.
    """

    async def effect(connection: Connection, allowed: Approval) -> dict[str, Any]:
        loan, cell = allowed.subject, runtime.cell(allowed.subject)
        await share_books(connection, cell)
        await hold_loan(connection, cell, loan)
        change = change_of_json(allowed.body)
        found = await preview_loan_change(connection, cell, loan, change)
        is_elsewhere = isinstance(change.details, OtherWay)
        if is_elsewhere and await is_refund_open(connection, cell, loan):
            raise Conflict("a refund of this loan is under way", code="refund_under_way")
        if change.kind in MONEY_OUT and not is_elsewhere:
            payment = await send_money_back(connection, runtime, found, change)
            return _shown(runtime, found) | {"payment": payment.end_to_end_id}
        state = await record_change(connection, runtime, cell, loan, change)
        await tell_change(connection, runtime, found.row, state)
        if is_elsewhere:
            await no_longer_owed(connection, runtime, (cell, loan))
        await give_rest_back(connection, runtime, found.row, state)
        if relief_granted(change):
            await grant_relief(connection, runtime, caller, loan)
        return _shown(runtime, found)

    return await do_deed(runtime, caller, (approval, key), DEED, effect)


async def ask_for_relief(
    runtime: Runtime, caller: Caller, loan: int, wish: tuple[int, str], key: CommandKey
) -> bytes:
    """Keep a borrower's wish for so many instalments without principal, and why.

    Raises:
        NotFound: not a loan of the caller's.
        Refused: it could not be granted as the loan stands.
        Conflict: a wish waits already.
    """

    async def effect(connection: Connection) -> bytes:
        number = await ask_relief(connection, runtime, caller, loan, wish)
        answer = {"relief": runtime.public.show("relief", number), "state": "asked"}
        return msgspec.json.encode(answer)

    return await once(runtime, caller, "ask_for_relief", key, effect)


async def decline_relief(runtime: Runtime, caller: Caller, loan: int, key: CommandKey) -> bytes:
    """Refuse the wish that waits on a loan. Raises NotFound."""

    async def effect(connection: Connection) -> bytes:
        await refuse_relief(connection, runtime, caller, loan)
        answer = {"loan": runtime.public.show("loan", loan), "state": "refused"}
        return msgspec.json.encode(answer)

    return await once(runtime, caller, "decline_relief", key, effect)


def _shown(runtime: Runtime, found: Previewed) -> dict[str, Any]:
    state = found.after
    return {
        "loan": runtime.public.show("loan", found.row.id),
        "kind": found.event.kind.value,
        "seq": found.event.seq,
        "date": found.event.value_date.isoformat(),
        "amount_minor": found.event.amount_minor,
        "state": state.status.value,
        "outstanding_minor": state.outstanding_minor,
        "payoff_minor": state.payoff_minor,
        "owed_back_minor": state.surplus_minor,
        "given_up_minor": sum(state.lost_minor),
        "payment": None,
        "schedule": schedule_json(state),
    }
