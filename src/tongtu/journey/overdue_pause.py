"""Days of a loan that do not count as overdue are granted by two persons."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from tongtu.identity.api import Approval, Caller, CommandKey, Proposal
from tongtu.journey.two_persons import Deed, do_deed, propose_deed
from tongtu.runtime.api import Connection, Runtime
from tongtu.servicing.api import (
    OverduePause,
    PauseSeen,
    PauseWish,
    ReliefReason,
    find_row,
    look_at_pause,
    pause_overdue,
)

DEED = Deed("overdue_pause", "propose_overdue_pause", "pause_overdue")


async def propose_pause(
    runtime: Runtime, caller: Caller, wish: PauseWish, key: CommandKey
) -> bytes:
    """Propose a pause; return {"approval", "loan", "dpd_before", "dpd_after"} as JSON.

    Raises:
        NotFound: no such loan.
        NotAllowed: another role than one that may propose.
        Conflict, Refused: as the pause itself.
    """

    async def prepare(connection: Connection) -> tuple[Proposal, dict[str, Any]]:
        await find_row(connection, runtime.cell(wish.loan), caller, wish.loan)
        seen = await look_at_pause(connection, runtime, wish)
        return Proposal(DEED.operation, wish.loan, _body(wish)), _told(runtime, wish, seen)

    return await propose_deed(runtime, caller, key, DEED, prepare)


async def allow_pause(runtime: Runtime, caller: Caller, approval: int, key: CommandKey) -> bytes:
    """Allow a pause that another person proposed; return {"loan", "dpd_before", "dpd_after"}.

    Raises:
        NotFound, NotAllowed, Conflict: as any second word; or as the pause itself, by now.
    """

    async def effect(connection: Connection, allowed: Approval) -> dict[str, Any]:
        wish = _wish(allowed)
        return _told(runtime, wish, await pause_overdue(connection, runtime, wish, caller.subject))

    return await do_deed(runtime, caller, (approval, key), DEED, effect)


def _told(runtime: Runtime, wish: PauseWish, seen: PauseSeen) -> dict[str, Any]:
    return {
        "loan": runtime.public.show("loan", wish.loan),
        "first_on": wish.days.first_on.isoformat(),
        "last_on": wish.days.last_on.isoformat(),
        "dpd_before": seen.dpd_before,
        "dpd_after": seen.dpd_after,
    }


def _body(wish: PauseWish) -> bytes:
    told = {
        "first_on": wish.days.first_on.isoformat(),
        "last_on": wish.days.last_on.isoformat(),
        "reason": wish.reason.value,
    }
    return msgspec.json.encode(told, order="sorted")


def _wish(allowed: Approval) -> PauseWish:
    told = msgspec.json.decode(allowed.body)
    days = OverduePause(date.fromisoformat(told["first_on"]), date.fromisoformat(told["last_on"]))
    return PauseWish(allowed.subject, days, ReliefReason(told["reason"]))
