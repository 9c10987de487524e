"""A loan is changed by two persons: one proposes and sees the preview, another allows it.

What is booked is what was proposed, byte for byte; it is checked again on the day it is allowed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from tongtu.contracts.api import find_agreement
from tongtu.identity.api import Approval, Caller, CommandKey, Proposal, once
from tongtu.journey.case import move_on, step_of
from tongtu.journey.steps import Event, Step
from tongtu.journey.two_persons import Deed, do_deed, propose_deed
from tongtu.origination.api import lower_exposure, restore_exposure
from tongtu.runtime.api import Connection, Runtime
from tongtu.servicing.api import (
    Change,
    EventKind,
    LoanState,
    LoanStatus,
    Previewed,
    ask_relief,
    details_json,
    details_of,
    find_row,
    grant_relief,
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
        return Proposal(OPERATION, loan, _body(change)), {"preview": _shown(runtime, found)}

    return await propose_deed(runtime, caller, key, DEED, prepare)


async def make_change(runtime: Runtime, caller: Caller, approval: int, key: CommandKey) -> bytes:
    """Allow what another person proposed and book it; return the loan as it then stands.

    Raises:
        NotFound, NotAllowed: no such proposal; one's own; a role that may not decide.
        Conflict: decided already, or too old.
        Refused: it does not fit the loan any more. Nothing has changed.
    """

    async def effect(connection: Connection, allowed: Approval) -> dict[str, Any]:
        loan, cell = allowed.subject, runtime.cell(allowed.subject)
        await share_books(connection, cell)
        change = _change(allowed.body)
        found = await preview_loan_change(connection, cell, loan, change)
        state = await record_change(connection, runtime, cell, loan, change)
        await _tell(connection, runtime, found, state)
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


async def _tell(
    connection: Connection, runtime: Runtime, found: Previewed, state: LoanState
) -> None:
    """Let the offer's exposure follow, and the case when the change settled the loan."""
    row = found.row
    agreement = await find_agreement(connection, runtime, row.agreement, row.party)
    owed_minor = state.outstanding_minor
    if owed_minor > found.before.outstanding_minor:
        await restore_exposure(connection, row.cell, agreement.offer, owed_minor)
    else:
        await lower_exposure(connection, row.cell, agreement.offer, owed_minor)
    step = await step_of(connection, runtime, row.application)
    if state.status is LoanStatus.SETTLED and step is Step.FUNDED:
        await move_on(connection, runtime, row.application, Event.LOAN_SETTLED)
    elif state.status is LoanStatus.LIVE and step is Step.SETTLED:
        await move_on(connection, runtime, row.application, Event.REPAYMENT_RETURNED)


def _body(change: Change) -> bytes:
    said = {
        "kind": change.kind.value,
        "value_date": change.value_date.isoformat(),
        "details": details_json(change.details),
        "amount_minor": change.amount_minor,
    }
    return msgspec.json.encode(said, order="sorted")


def _change(body: bytes) -> Change:
    said = msgspec.json.decode(body)
    return Change(
        EventKind(said["kind"]),
        dt.date.fromisoformat(said["value_date"]),
        details_of(said["details"]),
        said["amount_minor"],
    )


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
        "schedule": schedule_json(state),
    }
