"""A campaign from its proposal to its end: two persons begin it, one ends it at once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from tongtu.campaign import store
from tongtu.campaign.model import (
    AUDIENCE_MAX,
    DAYS_MAX,
    HOLD_OUT_PPM_MAX,
    HOLD_OUT_PPM_MIN,
    LEAD,
    RESPONSE_DAYS_MAX,
    Campaign,
    Outcome,
    Plan,
)
from tongtu.campaign.rules.draw import PPM
from tongtu.campaign.rules.segment import segment_of
from tongtu.campaign.rules.uplift import Worth, worth_of
from tongtu.catalog.api import Catalogue
from tongtu.identity.api import Approval, Caller, Proposal, Role, allow, propose
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed
from tongtu.notice.api import list_off
from tongtu.origination.api import Did, Span, what_they_did
from tongtu.runtime.api import Connection, Runtime

RUN = "campaign.run"
_PROPOSERS = frozenset({Role.OPERATOR, Role.ANALYST})
_NOTHING = Did(0, 0)


async def propose_campaign(
    connection: Connection, runtime: Runtime, caller: Caller, of: tuple[Plan, Catalogue]
) -> tuple[Campaign, Approval]:
    """Propose a campaign: a second person approves it, or refuses.

    Raises:
        NotAllowed: neither operator nor analyst.
        BadSegment: it looks at what no campaign may look at, or cannot be read.
        BadInput: `bad_campaign`: times, hold-out, audience or stop rule out of bounds.
        NotFound: no such product.
    """
    if caller.role not in _PROPOSERS:
        raise NotAllowed("your role may not do this")
    plan, catalogue = of
    segment_of(plan.segment)
    catalogue.find(plan.product)
    at = runtime.clock.now()
    _check(plan, at)
    number = runtime.ids.new(0)
    made = Campaign(number, plan, caller.subject, at, None, None, None, None, None)
    await store.insert(connection, made)
    proposal = Proposal(RUN, 0, _body(made))
    return made, await propose(connection, runtime, caller, proposal)


async def approve_campaign(
    connection: Connection, runtime: Runtime, caller: Caller, approval: int
) -> Campaign:
    """Approve what another person proposed: it runs when its time comes.

    Raises:
        NotFound, NotAllowed: no such proposal; one's own; a role that may not decide.
        Conflict: decided already; `not_approved`: its plan is not the one that was proposed;
            `campaign_too_late`: its time has come without an approval.
    """
    allowed = await allow(connection, runtime, caller, approval, RUN)
    number = msgspec.json.decode(allowed.body, type=tuple[int, str] | int)
    found = await store.find(connection, number if isinstance(number, int) else number[0])
    if _body(found) != allowed.body:
        raise Conflict("it is not what was proposed; propose it anew", code="not_approved")
    at = runtime.clock.now()
    if found.plan.starts_at < at:
        raise Conflict("its time has come; propose it anew", code="campaign_too_late")
    await store.approve(connection, found.id, approval, at)
    return replace(found, approval=approval, approved_at=at)


async def stop_campaign(
    connection: Connection, runtime: Runtime, caller: Caller, campaign: int, why: str
) -> Campaign:
    """End a campaign at once: nobody is pushed to after this commit.

    Raises:
        NotAllowed: no operator.
        NotFound: no such campaign.
        Conflict: `campaign_over`: it was never approved, or has ended.
    """
    if caller.role is not Role.OPERATOR:
        raise NotAllowed("your role may not do this")
    await store.find(connection, campaign)
    if not await store.stop(connection, campaign, (caller.subject, why), runtime.clock.now()):
        raise Conflict("this campaign does not run", code="campaign_over")
    return await store.find(connection, campaign)


async def report_campaign(runtime: Runtime, found: Campaign) -> Worth:
    """Return what a campaign was worth so far: the drawn groups compared."""
    outcomes: list[Outcome] = []
    days = timedelta(days=found.plan.response_days)
    for cell in range(runtime.settings.cells):
        async with runtime.database.reading() as connection:
            drawn = await store.members(connection, cell, found.id)
            spans = [Span(one.member.party, one.at, one.at + days) for one in drawn]
            did = await what_they_did(connection, cell, spans)
            off = await list_off(connection, cell, [one.member.party for one in drawn])
        for one in drawn:
            party = one.member.party
            applications, taken_minor = did.get(party, _NOTHING)
            outcomes.append(
                Outcome(one.member, one.fate, applications > 0, taken_minor, party in off)
            )
    return worth_of(outcomes)


def _body(made: Campaign) -> bytes:
    """Return what a second person approves: the campaign, by the hash of its plan."""
    plan = hashlib.sha256(msgspec.json.encode(made.plan)).hexdigest()
    return msgspec.json.encode([made.id, plan])


def _check(plan: Plan, now: datetime) -> None:
    is_sound = (
        now + LEAD <= plan.starts_at < plan.ends_at <= plan.starts_at + timedelta(days=DAYS_MAX)
        and HOLD_OUT_PPM_MIN <= plan.hold_out_ppm <= HOLD_OUT_PPM_MAX
        and 1 <= plan.audience_max <= AUDIENCE_MAX
        and 1 <= plan.response_days <= RESPONSE_DAYS_MAX
        and 0 < plan.off_ppm_max <= PPM
    )
    if not is_sound:
        raise BadInput(
            "its time, hold-out, audience or stop rule is out of bounds", code="bad_campaign"
        )
