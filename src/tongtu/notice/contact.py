"""A contact that collects a debt: only where the pack's point `contact.out` finds nothing.

Each attempt is a row before anybody dials; attempts of one person wait for each other, so that two
agents at once are counted as two. An agent's script is looked through for what is never said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import NotFound, Refused
from tongtu.kernel.ids import id_shard
from tongtu.notice import store
from tongtu.notice.flow import send
from tongtu.notice.model import Notice
from tongtu.notice.store import ContactRow
from tongtu.policy.api import Pack, Severity
from tongtu.runtime.api import Connection, Runtime

POINT = "contact.out"
SCRIPT_MAX = 2_000
# Words that give a banned script away; whoever says it otherwise is found by listening, not here.
_SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "threat": ("坐牢", "抓你", "上门砸", "你家人", "arrest", "jail"),
    "impersonation": ("公安局", "法院的", "检察院", "i am the police", "court officer"),
    "public_posting": ("曝光", "发朋友圈", "张贴", "post your name"),
    "new_loan_inducement": ("再借一笔", "借新还旧", "borrow again to pay"),
}


class Channel(StrEnum):
    """How somebody is contacted."""

    CALL = "call"
    MESSAGE = "message"


class ContactNotAllowed(Refused):
    """A rule of the pack stands against this contact; nobody is dialled, nothing is written."""

    default_code = "contact_not_allowed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Whom an agent would contact about which loan, how, and what would be said."""

    party: int
    loan: int
    channel: Channel
    actor: int
    script: str = ""


async def contact(connection: Connection, runtime: Runtime, pack: Pack, wish: Attempt) -> int:
    """Log an attempt and return its id; a message is sent with it, in this transaction.

    Raises:
        ContactNotAllowed: the rules against it, by name.
    """
    now = runtime.clock.now()
    today = business_date_of(now, runtime.settings.zone)
    cell = runtime.cell(wish.party)
    await store.lock_contacts(connection, wish.party)
    answered, unanswered = await store.count_calls(connection, cell, wish.party, today)
    facts = {
        "channel": wish.channel.value,
        "second_of_day": _second(now, runtime.settings.zone),
        "answered_today": answered,
        "unanswered_today": unanswered,
        "script_flags": flags_of(wish.script),
        # The one contacted is the borrower by their own phone; nobody else can be, here.
        "is_third_party": False,
        "was_asked_to_stop": False,
    }
    found = [one for one in pack.evaluate(POINT, facts, today) if one.severity is not Severity.WARN]
    if found:
        rules = ", ".join(one.rule for one in found)
        raise ContactNotAllowed(f"{pack.reason(found[0].code, 'en')}: {rules}", code=found[0].code)
    if wish.channel is Channel.MESSAGE:
        values = {"loan": runtime.public.show("loan", wish.loan)}
        number = await send(connection, runtime, Notice("overdue", values, party=wish.party))
    else:
        number = runtime.ids.new(id_shard(wish.party))
    row = ContactRow(
        cell, number, wish.party, wish.loan, wish.channel.value, wish.actor, today, now, pack.hash
    )
    await store.write_contact(connection, row)
    return number


async def note_answer(connection: Connection, runtime: Runtime, party: int, number: int) -> None:
    """Note that a call was taken. Raises NotFound: no such call of this person's."""
    if not await store.mark_answered(connection, runtime.cell(party), party, number):
        raise NotFound("no such call")


def flags_of(script: str) -> tuple[str, ...]:
    """Return what of a script is never said, by the names the pack's list has."""
    text = script.lower()
    return tuple(flag for flag, words in _SCRIPTS.items() if any(word in text for word in words))


def _second(now: datetime, zone: str) -> int:
    local = now.astimezone(ZoneInfo(zone))
    return local.hour * 3_600 + local.minute * 60 + local.second
