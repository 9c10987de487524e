"""What an application must look like, and its way into the decision lane: one for both doors."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Annotated, Literal

import msgspec

from tongtu.channels.rest.body import Shape
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Caller, CommandKey, Role
from tongtu.journey.api import Asked, begin_apply
from tongtu.origination.api import ApplyAnswer, Declared

PATH = "/v1/applications"
BORROWERS = frozenset({Role.BORROWER})
# One hundred million yuan: far above any statement of a person, far below int8.
STATED_MINOR_MAX = 10**10

ADDRESSES_KEPT = 4_096

Stated = Annotated[int, msgspec.Meta(ge=0, le=STATED_MINOR_MAX)]
Word = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{1,40}$")]


class FactsStated(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the person says of themselves; null means "did not say", never zero."""

    income_minor: Stated | None
    expenses_minor: Stated
    assets_minor: Stated | None
    debt_minor: Stated | None
    price_minor: Stated
    seniority_years: Annotated[int, msgspec.Meta(ge=0, le=70)]
    home: Literal["unknown", "owner", "rent", "parents", "private", "other"]
    job: Literal["unknown", "fixed", "freelance", "part_time", "other"]
    records: bool


class ApplicationAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An application for a loan."""

    product: Word
    amount_minor: Annotated[int, msgspec.Meta(ge=1, le=STATED_MINOR_MAX)]
    tenor_months: Annotated[int, msgspec.Meta(ge=1, le=120)]
    purpose: Word
    device: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_.-]{1,64}$")]
    facts: FactsStated


APPLICATION = Shape(ApplicationAsked)


async def decide(
    parts: Parts, caller: Caller, key: CommandKey, application: ApplicationAsked, host: str
) -> bytes:
    """Send an application through the decision lane and return its answer's bytes.

    Raises as `journey.apply` does.
    """
    began_s = parts.runtime.clock.monotonic_s()
    answer = await begin(parts, caller, key, application, host)
    return ended(parts, began_s, answer)


def begin(
    parts: Parts, caller: Caller, key: CommandKey, application: ApplicationAsked, host: str
) -> asyncio.Future[ApplyAnswer]:
    """Send an application into the decision lane; `host` is the other end of its connection.

    Raises as `journey.begin_apply` does.
    """
    # In the order of the fields, which a test holds: by name costs three times as much (ADR 0004).
    asked = Asked(
        key.key,
        key.body_hash,
        application.product,
        application.amount_minor,
        application.tenor_months,
        application.purpose,
        application.device,
        internet_address(host),
        Declared(*msgspec.structs.astuple(application.facts)),
    )
    return begin_apply(parts, caller, asked)


@lru_cache(maxsize=ADDRESSES_KEPT)
def internet_address(host: str) -> str:
    """Return the address that velocity counts, "" where it names no place on the internet.

    A host has one IPv4 address but may take any of a /64 of IPv6, so that counts as one.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if not address.is_global:
        return ""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def ended(parts: Parts, began_s: float, answer: ApplyAnswer) -> bytes:
    """Take note of an answered application and return its answer's bytes."""
    parts.live.decided(parts.runtime.clock.monotonic_s() - began_s)
    return answer.body
