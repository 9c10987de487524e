"""A push: only to who asked for it, at its hours, so many a day, each beside its consent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tongtu.identity.api import Caller, Role, Scope, adult_on, list_consents
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Refused
from tongtu.notice import store
from tongtu.notice.flow import send
from tongtu.notice.model import Notice
from tongtu.notice.store import PushChoice, PushRow
from tongtu.policy.api import Pack
from tongtu.runtime.api import Connection, Runtime

POINT = "push.send"
# What may be pushed; each text names the way to switch it off.
TEMPLATES = ("goods_offer", "product_news")
# Nobody is pushed to who was reached so often within a week, by pushes or about a debt.
WEEK_MAX, WEEK = 3, timedelta(days=7)
# What stands against a push whatever the pack says: by name, beside the rules of the pack.
NO_LAW, NOT_ASKED_FOR, WEEK_FULL = "no_rule_of_the_pack", "not_asked_for", "reached_enough"


class PushNotAllowed(Refused):
    """A rule of the pack or of this house is against this push; nothing was sent or written."""

    default_code = "push_not_allowed"
    rules: tuple[str, ...] = ()  # that stand against it


@dataclass(frozen=True, slots=True)
class Push:
    """A push to a person who browses now; `reason` is what they are told of why they get it."""

    party: int
    template: str
    values: Mapping[str, str]
    reason: str


async def choose_pushes(connection: Connection, cell: int, choice: PushChoice) -> None:
    """Note what a person wants: off is one row and works at once."""
    await store.write_choice(connection, cell, choice)


async def push(connection: Connection, runtime: Runtime, pack: Pack, wish: Push) -> int:
    """Send the push and log it with its consent, in the caller's transaction; return its id.

    The person's own choice is locked first, so two at once cannot both be the last of a day; so
    are contacts about a debt, which count for the week. A pack that says nothing of pushes allows
    none.

    Raises:
        PushNotAllowed: not asked for, at another hour, too many, a student, a minor, or unknown.
    """
    if wish.template not in TEMPLATES:
        raise PushNotAllowed("there is no such push")
    cell, now = runtime.cell(wish.party), runtime.clock.now()
    today = business_date_of(now, runtime.settings.zone)
    if not pack.facts_needed(POINT, today):
        raise _refused((NO_LAW,), f"the pack {pack.id} says nothing of pushes")
    choice = await store.lock_choice(connection, cell, wish.party)
    await store.lock_contacts(connection, wish.party)
    whose = Caller(Role.BORROWER, wish.party, 0, cell)
    live = await list_consents(connection, whose)
    consent = next((one for one in live if one.scope is Scope.MARKETING), None)
    facts: dict[str, object] = {
        "has_consent_marketing": consent is not None,
        # Off is one tap, and a plain view is offered, wherever a choice was made.
        "has_off_switch": choice is not None and choice.is_on,
        "has_plain_view": choice is not None,
        "second_of_day": _second(now, runtime.settings.zone),
        "pushes_today": await store.count_pushes(connection, cell, wish.party, today),
    }
    if consent is not None:
        facts["consent_version"] = consent.version
    if choice is not None:
        facts["is_student"] = choice.is_student
    born = await adult_on(connection, cell, wish.party)
    if born is not None:
        facts["adult_on"] = born
    if found := pack.compile(POINT, today)(facts):
        rules = tuple(finding.rule for finding in found)
        raise _refused(rules, f"{pack.reason('push_not_allowed', 'en')}: {', '.join(rules)}")
    if consent is None or choice is None or not choice.is_on:
        raise _refused((NOT_ASKED_FOR,), "this person asked for no pushes")
    if await store.count_reached(connection, cell, wish.party, now - WEEK) >= WEEK_MAX:
        raise _refused((WEEK_FULL,), "this person was reached often enough this week")
    reason = "" if choice.is_plain else wish.reason
    values = {**wish.values, "reason": reason}
    identifier = await send(connection, runtime, Notice(wish.template, values, party=wish.party))
    row = PushRow(
        cell=cell,
        id=identifier,
        party=wish.party,
        consent=consent.id,
        consent_version=consent.version,
        template=wish.template,
        reason=reason,
        is_plain=choice.is_plain,
        business_date=today,
        at=now,
    )
    await store.write_push(connection, row)
    return identifier


def _refused(rules: tuple[str, ...], why: str) -> PushNotAllowed:
    refused = PushNotAllowed(why)
    refused.rules = rules
    return refused


def _second(now: datetime, zone: str) -> int:
    local = now.astimezone(ZoneInfo(zone))
    return local.hour * 3_600 + local.minute * 60 + local.second
