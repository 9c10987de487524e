"""A disputed payment is ended by two persons: one says what became of it, another agrees."""

from __future__ import annotations

import msgspec

from tongtu.identity.api import Approval, Caller, CommandKey, Proposal
from tongtu.journey.two_persons import Deed, do_deed, propose_deed
from tongtu.payments.api import Verdict, check_verdict, end_dispute
from tongtu.runtime.api import Connection, Runtime

DEED = Deed("payment_verdict", "propose_verdict", "end_dispute")


async def propose_verdict(
    runtime: Runtime, caller: Caller, verdict: Verdict, key: CommandKey
) -> bytes:
    """Propose how a dispute ends; return {"approval", "payment", "state"} as JSON.

    Raises:
        NotFound: no such payment.
        Conflict: it is not disputed; the bank's books do not bear it out.
        NotAllowed: another role than one that may propose.
    """

    async def prepare(connection: Connection) -> tuple[Proposal, dict[str, str]]:
        held, _ = await check_verdict(connection, runtime, verdict)
        told = {"payment": held.end_to_end_id, "state": verdict.state.value}
        return Proposal(DEED.operation, verdict.payment, _body(verdict)), told

    return await propose_deed(runtime, caller, key, DEED, prepare)


async def allow_verdict(runtime: Runtime, caller: Caller, approval: int, key: CommandKey) -> bytes:
    """Agree with what another person said; return {"payment", "state"} as JSON.

    What it moves in the books follows by its news, as with any payment's end.

    Raises:
        NotFound, NotAllowed, Conflict: as any second word; or as the proposal, by now.
    """

    async def effect(connection: Connection, allowed: Approval) -> dict[str, str]:
        verdict = _verdict(allowed)
        held = await end_dispute(connection, runtime, caller.subject, verdict)
        return {"payment": held.end_to_end_id, "state": verdict.state.value}

    return await do_deed(runtime, caller, (approval, key), DEED, effect)


def _body(verdict: Verdict) -> bytes:
    told = {"has_moved": verdict.has_moved, "reason": verdict.reason}
    return msgspec.json.encode(told, order="sorted")


def _verdict(allowed: Approval) -> Verdict:
    told = msgspec.json.decode(allowed.body)
    return Verdict(allowed.subject, told["has_moved"], told["reason"])
