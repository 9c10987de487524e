"""Webhooks of a partner: where it hears of what, its secret, the log, and sending a range again."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import AFTER, LIMIT, After, Limit, read_after, read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.proposals import act_once
from tongtu.identity.api import Role, once
from tongtu.partner.api import (
    Webhook,
    close_webhook,
    deliveries,
    list_webhooks,
    open_webhook,
    ping,
    replay,
    rotate_secret,
    secret_of,
    show_secret,
)
from tongtu.runtime.api import Connection

_PARTNER = (Role.LENDER, Role.MERCHANT)
_NEWEST = (1 << 63) - 1


class WebhookAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where to send what."""

    url: Annotated[str, msgspec.Meta(min_length=8, max_length=500)]
    events: Annotated[list[str], msgspec.Meta(min_length=1, max_length=20)]


class WebhookShown(msgspec.Struct, frozen=True):
    """A webhook of the caller's."""

    webhook: str
    url: str
    events: list[str]
    previous_secret_until: dt.datetime | None
    opened_at: dt.datetime


class WebhooksShown(msgspec.Struct, frozen=True):
    """The caller's open webhooks."""

    items: list[WebhookShown]
    next: str | None


class SecretShown(msgspec.Struct, frozen=True):
    """What deliveries to a webhook are signed with."""

    webhook: str
    secret: str


class DeliveryShown(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery: what, how far, what the receiver said last."""

    event: str
    type: str
    state: str
    attempts: int
    status: int | None
    fault: str
    happened_at: dt.datetime
    next_at: dt.datetime | None
    ended_at: dt.datetime | None


class DeliveriesShown(msgspec.Struct, frozen=True):
    """A page of the log, newest first."""

    items: list[DeliveryShown]
    next: str | None


class RangeAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What happened from one instant on, and before another one."""

    since: dt.datetime
    before: dt.datetime


class Again(msgspec.Struct, frozen=True):
    """How many deliveries are sent again."""

    deliveries: int


class Pinged(msgspec.Struct, frozen=True):
    """A test delivery on its way."""

    event: str


class _Numbered(msgspec.Struct, frozen=True):
    """What is stored of a secret: which it is, never what it is."""

    webhook: str
    generation: int


@post(
    "/v1/webhooks",
    status_code=201,
    opt=allow_write(*_PARTNER),
    dto=StrictBody[WebhookAsked],
    return_dto=None,
)
async def open_own(
    data: JSONBody[WebhookAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> SecretShown:
    """Open a webhook and get its secret."""
    runtime = parts.runtime

    async def act(connection: Connection) -> _Numbered:
        made = await open_webhook(connection, runtime, caller, data.url, data.events)
        return _Numbered(runtime.public.show("webhook", made.id), made.generation)

    made = await act_once(parts, (caller, command), "open_webhook", _Numbered, act)
    return _secret(parts, made)


@get("/v1/webhooks", opt=allow(*_PARTNER))
async def list_own(parts: GivenParts, caller: GivenCaller) -> WebhooksShown:
    """Return the caller's open webhooks."""
    async with parts.runtime.database.reading() as connection:
        found = await list_webhooks(connection, caller)
    return WebhooksShown([_shown(parts, one) for one in found], None)


@delete("/v1/webhooks/{webhook:str}", status_code=204, opt=allow_write(*_PARTNER))
async def close_own(
    webhook: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> None:
    """Close a webhook; what waits for it is sent no more."""
    number = read_id(parts, "webhook", webhook)

    async def effect(connection: Connection) -> bytes:
        await close_webhook(connection, caller, number)
        return b"{}"

    await once(parts.runtime, caller, "close_webhook", command, effect)


@post("/v1/webhooks/{webhook:str}/secret", status_code=200, opt=allow_write(*_PARTNER))
async def change_secret(
    webhook: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> SecretShown:
    """Get the next secret; for 24 hours deliveries carry a signature by each of both."""
    runtime, number = parts.runtime, read_id(parts, "webhook", webhook)

    async def act(connection: Connection) -> _Numbered:
        return _Numbered(webhook, await rotate_secret(connection, runtime, caller, number))

    made = await act_once(parts, (caller, command), "change_secret", _Numbered, act)
    return _secret(parts, made)


@post("/v1/webhooks/{webhook:str}/ping", status_code=202, opt=allow_write(*_PARTNER))
async def ping_own(
    webhook: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> Pinged:
    """Send a test delivery."""
    runtime, number = parts.runtime, read_id(parts, "webhook", webhook)

    async def act(connection: Connection) -> Pinged:
        event = await ping(connection, runtime, caller, number)
        return Pinged(runtime.public.show("event", event))

    return await act_once(parts, (caller, command), "ping_webhook", Pinged, act)


@post(
    "/v1/webhooks/{webhook:str}/replay",
    status_code=202,
    opt=allow_write(*_PARTNER),
    dto=StrictBody[RangeAsked],
    return_dto=None,
)
async def replay_own(
    webhook: FromPath[str],
    data: JSONBody[RangeAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> Again:
    """Send again what happened in a range, delivered or parked: at most 1,000, oldest first."""
    runtime, number = parts.runtime, read_id(parts, "webhook", webhook)

    async def act(connection: Connection) -> Again:
        between = (data.since, data.before)
        return Again(await replay(connection, runtime, caller, number, between))

    return await act_once(parts, (caller, command), "replay_webhook", Again, act)


@get("/v1/webhooks/{webhook:str}/deliveries", opt=allow(*_PARTNER))
async def list_deliveries(
    webhook: FromPath[str],
    parts: GivenParts,
    caller: GivenCaller,
    limit: Limit = LIMIT,
    after: After = AFTER,
) -> DeliveriesShown:
    """Return the log of a webhook, newest first."""
    public, number = parts.runtime.public, read_id(parts, "webhook", webhook)
    before = read_after(parts, "event", after) or _NEWEST
    async with parts.runtime.database.reading() as connection:
        found = await deliveries(connection, caller, number, (before, limit + 1))
    items = [
        DeliveryShown(
            event=public.show("event", one.event),
            type=one.kind,
            state=one.state.value,
            attempts=one.attempts,
            status=one.status,
            fault=one.fault,
            happened_at=one.happened_at,
            next_at=None if one.ended_at is not None else one.next_at,
            ended_at=one.ended_at,
        )
        for one in found[:limit]
    ]
    return DeliveriesShown(items, items[-1].event if len(found) > limit else None)


def _secret(parts: Parts, made: _Numbered) -> SecretShown:
    number = parts.runtime.public.read("webhook", made.webhook)
    return SecretShown(made.webhook, show_secret(secret_of(parts.runtime, number, made.generation)))


def _shown(parts: Parts, hook: Webhook) -> WebhookShown:
    return WebhookShown(
        webhook=parts.runtime.public.show("webhook", hook.id),
        url=hook.url,
        events=list(hook.events),
        previous_secret_until=hook.previous_until,
        opened_at=hook.opened_at,
    )


ROUTES = (
    open_own,
    list_own,
    close_own,
    change_secret,
    ping_own,
    replay_own,
    list_deliveries,
)
