"""A partner's webhooks: opened, closed, their secret changed, and what they are to hear of."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from tongtu.kernel.ids import id_shard
from tongtu.partner import store
from tongtu.partner.model import (
    OVERLAP,
    PAGE_MAX,
    PINGS_MAX,
    REPLAY_MAX,
    WEBHOOKS_MAX,
    Delivery,
    Kind,
    News,
    Owner,
    Webhook,
)
from tongtu.partner.rules import check_events, check_url
from tongtu.runtime.api import Connection, Runtime

PARTNERS = (Role.LENDER, Role.MERCHANT)


def owner_of(caller: Caller) -> Owner:
    """Return the partner a caller speaks for. Raises NotAllowed: it is none."""
    if caller.role not in PARTNERS:
        raise NotAllowed("only partners have webhooks")
    return Owner(caller.role.value, caller.organisation)


def secret_of(runtime: Runtime, webhook: int, generation: int) -> bytes:
    """Return a webhook's secret: it follows from the root key and is stored nowhere."""
    return runtime.keys.derive(f"webhook:{webhook}:{generation}")


async def open_webhook(
    connection: Connection, runtime: Runtime, caller: Caller, url: str, events: list[str]
) -> Webhook:
    """Open a webhook of the caller's.

    Raises:
        BadInput: an unknown event; `bad_address`: where nothing is sent to.
        Conflict: the partner has as many as it may.
    """
    owner = owner_of(caller)
    allowed = runtime.settings.webhooks_private
    await store.lock_owner(connection, owner)
    if await store.count(connection, owner) >= WEBHOOKS_MAX:
        raise Conflict(f"a partner has at most {WEBHOOKS_MAX} webhooks", code="too_many_webhooks")
    made = Webhook(
        id=runtime.ids.new(id_shard(caller.subject)),
        owner=owner,
        url=check_url(url, is_private_allowed=allowed),
        events=check_events(events),
        generation=1,
        previous_until=None,
        opened_at=runtime.clock.now(),
    )
    await store.insert(connection, made)
    return made


async def list_webhooks(connection: Connection, caller: Caller) -> list[Webhook]:
    """Return the caller's open webhooks."""
    return await store.page(connection, owner_of(caller))


async def close_webhook(connection: Connection, caller: Caller, webhook: int) -> None:
    """Close a webhook of the caller's; what waits for it is sent no more. Raises NotFound."""
    if not await store.close(connection, owner_of(caller), webhook):
        raise NotFound("there is no such webhook")


async def rotate_secret(
    connection: Connection, runtime: Runtime, caller: Caller, webhook: int
) -> int:
    """Change the secret; for 24 hours both sign. Return its generation.

    Raises:
        NotFound: no such webhook of the caller's.
        Conflict: code `secret_new`: two secrets hold already, and a third would end the first at
            once; who must end both opens another webhook and closes this one.
    """
    own, now = await _own(connection, caller, webhook), runtime.clock.now()
    generation = await store.rotate(connection, own.owner, webhook, now, OVERLAP)
    if generation is None:
        raise Conflict("the secret was changed within 24 hours", code="secret_new")
    return generation


async def ping(connection: Connection, runtime: Runtime, caller: Caller, webhook: int) -> int:
    """Send a test delivery; return its event's id.

    Raises:
        NotFound: no such webhook of the caller's.
        Conflict: code `pings_waiting`: as many as may wait for this webhook wait already.
    """
    await store.lock_owner(connection, owner_of(caller))
    await _own(connection, caller, webhook)
    at, event = runtime.clock.now(), runtime.ids.new(id_shard(webhook))
    if await store.count_pings(connection, runtime.cell(event), webhook) >= PINGS_MAX:
        raise Conflict(f"{PINGS_MAX} test deliveries wait already", code="pings_waiting")
    body = body_of(runtime, Kind.PING, event, (at, {}))
    await store.enqueue_ping(connection, (runtime.cell(event), webhook, event), body, at)
    return event


async def replay(
    connection: Connection,
    runtime: Runtime,
    caller: Caller,
    webhook: int,
    between: tuple[datetime, datetime],
) -> int:
    """Send again what happened between two instants, parked or delivered; return how many.

    At most 1,000, the oldest first; what waits anyway is left alone.

    Raises:
        NotFound: no such webhook of the caller's.
        BadInput: the range is empty or has no zone.
    """
    await _own(connection, caller, webhook)
    if between[0].tzinfo is None or between[1].tzinfo is None or between[0] >= between[1]:
        raise BadInput("from lies before to, both with their zone", fields={"from": "not a range"})
    again, at = 0, runtime.clock.now()
    for cell in range(runtime.settings.cells):
        room = REPLAY_MAX - again
        again += await store.replay(connection, (cell, webhook), between, at, room)
    return again


async def deliveries(
    connection: Connection, caller: Caller, webhook: int, page: tuple[int, int]
) -> list[Delivery]:
    """Return the log of a webhook, newest first; `page` is before which event, and how many.

    Raises:
        NotFound: no such webhook of the caller's.
    """
    await _own(connection, caller, webhook)
    before, limit = page
    return await store.deliveries(connection, webhook, before, min(limit, PAGE_MAX + 1))


async def tell(connection: Connection, runtime: Runtime, cell: int, news: News) -> int:
    """Write what a partner is to hear of, in the caller's transaction; the same news is one."""
    return await store.enqueue(connection, cell, news, runtime.clock.now())


def body_of(
    runtime: Runtime, kind: Kind, event: int, told: tuple[datetime, dict[str, object]]
) -> bytes:
    """Return a delivery's body: its kind, name, instant, and what happened."""
    at, data = told
    name = runtime.public.show("event", event)
    return msgspec.json.encode({"type": kind.value, "id": name, "timestamp": at, "data": data})


async def _own(connection: Connection, caller: Caller, webhook: int) -> Webhook:
    found = await store.find(connection, owner_of(caller), webhook)
    if found is None:
        raise NotFound("there is no such webhook")
    return found
