"""What two persons do to the books themselves: limits of an account, and closing a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from tongtu.identity.api import Approval, Caller, CommandKey, Proposal
from tongtu.journey.two_persons import Deed, do_deed, propose_deed
from tongtu.kernel.ids import AccountId
from tongtu.ledger.api import (
    LimitSet,
    check_limits,
    close_through,
    find_account,
    keep_limit,
    roll_days,
    set_limits,
)
from tongtu.runtime.api import Connection, Runtime

LIMITS = Deed("account_limits", "propose_account_limits", "set_account_limits")
PERIOD = Deed("close_period", "propose_period_end", "close_period")
# Neither is about a party: the proposal lies in the shard of the platform itself.
_PLATFORM = 0


@dataclass(frozen=True, slots=True)
class LimitWish:
    """How low and how high an account may go, in minor units; None lifts a limit."""

    account: AccountId
    floor_minor: int | None
    ceiling_minor: int | None
    why: str


async def propose_limits(
    runtime: Runtime, caller: Caller, wish: LimitWish, key: CommandKey
) -> bytes:
    """Propose limits of an account; return {"approval", "account", ...} as JSON.

    Raises:
        NotFound: no such account.
        Refused: it is beyond the limits now, or its kind never goes so low.
        NotAllowed: a role that may not propose.
    """

    async def prepare(connection: Connection) -> tuple[Proposal, dict[str, Any]]:
        account = await find_account(connection, runtime.settings.cells, wish.account)
        await check_limits(connection, account, wish.floor_minor, wish.ceiling_minor)
        body = msgspec.json.encode(wish, order="sorted")
        return Proposal(LIMITS.operation, _PLATFORM, body), _told(runtime, wish)

    return await propose_deed(runtime, caller, key, LIMITS, prepare)


async def allow_limits(runtime: Runtime, caller: Caller, approval: int, key: CommandKey) -> bytes:
    """Set the limits that another person proposed, and keep who did; return them as JSON.

    Raises:
        NotFound, NotAllowed, Conflict: as any second word; or as the limits themselves, by now.
    """

    async def effect(connection: Connection, allowed: Approval) -> dict[str, Any]:
        wish = msgspec.json.decode(allowed.body, type=LimitWish)
        account = await find_account(connection, runtime.settings.cells, wish.account)
        await set_limits(connection, account, wish.floor_minor, wish.ceiling_minor)
        done = LimitSet(
            wish.floor_minor, wish.ceiling_minor, wish.why, allowed.maker, caller.subject,
            runtime.clock.now(),
        )  # fmt: skip
        number = runtime.ids.new(_PLATFORM)
        await keep_limit(connection, account.cell, number, wish.account, done)
        return _told(runtime, wish)

    return await do_deed(runtime, caller, (approval, key), LIMITS, effect)


async def propose_period_end(
    runtime: Runtime, caller: Caller, through: date, key: CommandKey
) -> bytes:
    """Propose to close the books through a day; return {"approval", "through"} as JSON.

    Its days are rolled up here: that changes no balance, and closing is one short commit then.

    Raises:
        BadInput: the day is not over (`day_not_over`).
        NotAllowed: a role that may not propose.
    """
    for cell in range(runtime.settings.cells):
        await roll_days(runtime, cell, through)

    async def prepare(_: Connection) -> tuple[Proposal, dict[str, Any]]:
        told = {"through": through.isoformat()}
        return Proposal(PERIOD.operation, _PLATFORM, msgspec.json.encode(told)), told

    return await propose_deed(runtime, caller, key, PERIOD, prepare)


async def allow_period_end(
    runtime: Runtime, caller: Caller, approval: int, key: CommandKey
) -> bytes:
    """Close the books of every cell as another person proposed; return {"through", "is_new"}.

    Raises:
        NotFound, NotAllowed, Conflict: as any second word.
    """

    async def effect(connection: Connection, allowed: Approval) -> dict[str, Any]:
        told = msgspec.json.decode(allowed.body)
        through = date.fromisoformat(told["through"])
        is_new = await close_through(connection, runtime, through, caller.subject)
        return {**told, "is_new": is_new}

    return await do_deed(runtime, caller, (approval, key), PERIOD, effect)


def _told(runtime: Runtime, wish: LimitWish) -> dict[str, Any]:
    return {
        "account": runtime.public.show("account", wish.account),
        "floor_minor": wish.floor_minor,
        "ceiling_minor": wish.ceiling_minor,
        "why": wish.why,
    }
