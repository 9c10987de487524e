"""Lenders who were given a person's data are told what became of it (PIPL Art. 21, 23, 47).

In the commit of what they are told of: a row each, which the person sees, and an event each, from
which their webhooks hear. What they hear names the person by number and the kinds of value.
"""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.identity.api import Caller, Consent, Told, note_recipients, withdraw_consent
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime, publish
from tongtu.runtime.api import Event as Happened

RECIPIENT_TOLD = "identity.recipient_told"


async def tell_recipients(
    connection: Connection,
    runtime: Runtime,
    of: tuple[int, int],
    told: tuple[Told, Sequence[str]],
) -> None:
    """Tell every lender that may hold something of a person; `of` is (party, cause)."""
    (party, cause), (what, kinds) = of, told
    for lender in await note_recipients(connection, runtime, of, told):
        number = runtime.ids.new(id_shard(party))
        payload = {
            "party": str(party),
            "lender": lender,
            "what": what.value,
            "kinds": list(kinds),
            "cause": str(cause),
        }
        event = Happened(runtime.cell(party), number, RECIPIENT_TOLD, payload, runtime.clock.now())
        await publish(connection, event)


async def take_back_consent(
    connection: Connection, runtime: Runtime, caller: Caller, consent: int
) -> list[Consent]:
    """Withdraw one of the caller's consents, tell its lender, and return those still live.

    Raises:
        NotFound: not a live consent of the caller.
    """
    live = await withdraw_consent(connection, runtime, caller, consent)
    told = Told.CONSENT_WITHDRAWN, ()
    await tell_recipients(connection, runtime, (caller.subject, consent), told)
    return live
