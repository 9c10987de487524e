"""What happened, told to the partner it concerns: by its own ids, without a name or a score.

Read from the outbox; each piece is written once, however often the event comes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tongtu.contracts.api import find_agreement
from tongtu.identity.api import Role, Told
from tongtu.journey.accept import ACCEPTED
from tongtu.journey.contract import SIGNED
from tongtu.journey.recipients import RECIPIENT_TOLD
from tongtu.journey.remote_lender import ANSWERED
from tongtu.journey.withdrawal import WITHDRAWN
from tongtu.partner.api import Kind, News, Owner, body_of, tell
from tongtu.payments.api import SETTLED, find_instruction
from tongtu.runtime.api import Connection, Event, Relay, Runtime

HANDLER = "partner_news"
_OF_A_PERSON = {
    Told.CORRECTED: Kind.PERSON_CORRECTED,
    Told.ERASED: Kind.PERSON_ERASED,
    Told.CONSENT_WITHDRAWN: Kind.CONSENT_WITHDRAWN,
}
# A kind, the lender it concerns, and what happened; None where there is nobody to tell.
_Told = tuple[Kind, int, dict[str, object]]
_Teller = Callable[[Connection, Runtime, Event], Awaitable[_Told | None]]


def on_partner_news(relay: Relay, runtime: Runtime) -> None:
    """Let partners hear of everything that concerns them, from now on."""
    tellers: dict[str, _Teller] = {
        ANSWERED: _answered,
        ACCEPTED: _accepted,
        SIGNED: _signed,
        WITHDRAWN: _withdrawn,
        SETTLED: _settled,
        RECIPIENT_TOLD: _recipient,
    }
    for topic, teller in tellers.items():

        async def handle(event: Event, teller: _Teller = teller) -> None:
            async with runtime.database.transaction() as connection:
                found = await teller(connection, runtime, event)
                if found is None:
                    return
                kind, lender, data = found
                body = body_of(runtime, kind, event.id, (event.at, data))
                owner = Owner(Role.LENDER.value, lender)
                news = News(owner, event.id, kind, body, event.at)
                await tell(connection, runtime, event.cell, news)

        relay.on(topic, HANDLER, handle)


async def _answered(_: Connection, runtime: Runtime, event: Event) -> _Told | None:
    told = event.payload
    data: dict[str, object] = {
        # Events of before a request could have two pieces of news are numbered by it.
        "request": runtime.public.show("remote_request", told.get("request", event.id)),
        "state": told["state"],
    }
    return Kind.ANSWER_TAKEN, int(told["lender"]), data


async def _accepted(_: Connection, runtime: Runtime, event: Event) -> _Told | None:
    told = event.payload
    data: dict[str, object] = {
        "offer": runtime.public.show("offer", told["offer"]),
        "application": runtime.public.show("application", told["application"]),
        "amount_minor": told["amount_minor"],
    }
    return Kind.OFFER_ACCEPTED, int(told["lender"]), data


async def _signed(connection: Connection, runtime: Runtime, event: Event) -> _Told | None:
    told = event.payload
    agreement = await find_agreement(
        connection, runtime, int(told["agreement"]), int(told["party"])
    )
    data: dict[str, object] = {
        "agreement": runtime.public.show("agreement", agreement.id),
        "application": runtime.public.show("application", agreement.application),
        "offer": runtime.public.show("offer", agreement.offer),
    }
    return Kind.AGREEMENT_SIGNED, agreement.lender, data


async def _withdrawn(connection: Connection, runtime: Runtime, event: Event) -> _Told | None:
    told = event.payload
    agreement = await find_agreement(
        connection, runtime, int(told["agreement"]), int(told["party"])
    )
    data: dict[str, object] = {
        "agreement": runtime.public.show("agreement", agreement.id),
        "application": runtime.public.show("application", agreement.application),
        "loan": runtime.public.show("loan", int(told["loan"])),
    }
    return Kind.AGREEMENT_WITHDRAWN, agreement.lender, data


async def _settled(connection: Connection, _: Runtime, event: Event) -> _Told | None:
    held = await find_instruction(connection, event.cell, int(event.payload["instruction"]))
    if held is None:
        return None
    data: dict[str, object] = {
        "payment": held.end_to_end_id,
        "kind": held.kind.value,
        "state": event.payload["state"],
        "amount_minor": held.amount_minor,
        "value_date": held.value_date.isoformat(),
    }
    return Kind.PAYMENT_ENDED, held.lender, data


async def _recipient(_: Connection, runtime: Runtime, event: Event) -> _Told | None:
    told = event.payload
    data: dict[str, object] = {
        "party": runtime.public.show("party", int(told["party"])),
        "kinds": told["kinds"],
    }
    return _OF_A_PERSON[Told(told["what"])], int(told["lender"]), data
