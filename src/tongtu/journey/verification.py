"""A person shows that they are who they say: ways are gone, the law is asked, decisions are told.

What a person is told of a doubt is that a check is under way (AML-01.tip); why, only the desk sees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import msgspec

from tongtu.identity.api import (
    Caller,
    CommandKey,
    Role,
    Scope,
    VaultKind,
    is_identified,
    list_consents,
    once,
    once_in_steps,
    read_vault,
)
from tongtu.identity.api import platform as acting
from tongtu.journey.needs import UnderLaw
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import BadInput, Conflict, NotReady, Refused
from tongtu.kernel.ids import id_shard
from tongtu.policy.api import Finding, Severity
from tongtu.risk.api import note_verified, screen_name
from tongtu.runtime.api import Connection, Runtime, publish
from tongtu.runtime.api import Event as Happened
from tongtu.verification import api as verification
from tongtu.verification.api import (
    BESIDE_FACE,
    OTHER_WAYS_MIN,
    Element,
    Equipment,
    Event,
    Found,
    IdentityCase,
    KeptElement,
    Service,
    State,
    Stated,
    Verdict,
    Way,
)

POINT = "kyc.complete"
CONCLUDED = "verification.concluded"
# From here a listed name is so near that the law's lists are meant (risk counts in percent).
NEAR_NAME, LISTED_NAME = 80, 100
_DATA = {
    Way.AUTHORITY: ("name", "resident_id", "phone"),
    Way.BANK_CARD: ("name", "resident_id", "phone", "bank_card"),
    Way.VIDEO: ("name", "resident_id", "face"),
    Way.FACE: ("face",),
    Way.DOCUMENT: ("id_card",),
    Way.CARD_BACK: ("id_card",),
    Way.PHONE: ("phone",),
    Way.BRANCH: ("id_card",),
}
_ELEMENTS = (VaultKind.NAME, VaultKind.RESIDENT_ID, VaultKind.PHONE)


class Platform(UnderLaw, Protocol):
    """What verifying needs of the running platform."""

    @property
    def verifying(self) -> Equipment: ...


@dataclass(frozen=True, slots=True)
class AskingWish:
    """Which authority's service is wanted; the card's number goes to it and is kept nowhere."""

    case: int
    service: Service
    card_number: str | None = None


async def open_verification(
    platform: Platform, caller: Caller, stated: Stated, key: CommandKey
) -> bytes:
    """Open a case of the caller's own, or find the open one; return it as JSON.

    Raises:
        Conflict: `not_identified`: name and resident id are to be stated first.
    """
    runtime = platform.runtime

    async def effect(connection: Connection) -> bytes:
        await _check_identified(connection, caller)
        case = await verification.open_case(connection, runtime, caller, stated)
        return await shown(connection, platform, case)

    return await once(runtime, caller, "open_verification", key, effect)


async def check_own_case(platform: Platform, caller: Caller, case: int) -> None:
    """Refuse somebody else's case before anything else is said of it. Raises NotFound."""
    async with platform.runtime.database.reading() as connection:
        await verification.find_case(connection, platform.runtime, caller, case)


async def look_at_verification(platform: Platform, caller: Caller, case: int) -> bytes:
    """Return a case as its own person sees it. Raises NotFound."""
    async with platform.runtime.database.reading() as connection:
        found = await verification.find_case(connection, platform.runtime, caller, case)
        return await shown(connection, platform, found)


async def ask_register(
    platform: Platform, caller: Caller, wish: AskingWish, key: CommandKey
) -> bytes:
    """Ask the authority about the caller's own elements; return the case as JSON.

    Raises:
        NotReady: there is no authority, or its line is not up yet.
        Refused: `consent_missing`.
        BadInput: `bad_card`: no card's number, none where it is to be compared, or one elsewhere.
        NotFound, Conflict: as `find_open_case`; `not_identified`; `too_many_tries`.
    """
    runtime, authority = platform.runtime, platform.verifying.authority
    await check_own_case(platform, caller, wish.case)
    if authority is None:
        raise NotReady("nobody can be asked now; please try again", retry_after_s=30)
    if (wish.service is Service.FOUR_ELEMENTS) is not (wish.card_number is not None):
        raise BadInput("four elements are asked with a card's number", code="bad_card")
    card = None if wish.card_number is None else verification.parse_card_number(wish.card_number)

    async def effect() -> bytes:
        async with runtime.database.transaction() as connection:
            await verification.find_open_case(connection, runtime, caller, wish.case)
            await check_consent(connection, caller, Scope.IDENTITY_CHECK)
            told = await _own_elements(connection, runtime, caller, wish.service)
        if card is not None:
            told["bank_card"] = card
        asking = verification.Asking(wish.case, wish.service, told)
        await verification.ask_authority(runtime, authority, caller, asking)
        return await look_at_verification(platform, caller, wish.case)

    return await once_in_steps(runtime, caller, f"ask_{wish.service.value}", key, effect)


async def ask_operator(
    platform: Platform, caller: Caller, told: tuple[int, str], key: CommandKey
) -> bytes:
    """Ask the operator of one's own phone (case, the device's token); return the case as JSON.

    Raises:
        NotReady: there is no operator, or its line is not up yet.
        Refused: `consent_missing`.
        NotFound, Conflict: as `find_open_case`; `too_many_tries`.
    """
    runtime, network = platform.runtime, platform.verifying.network
    case, device_token = told
    await check_own_case(platform, caller, case)
    if network is None:
        raise NotReady("nobody can be asked now; please try again", retry_after_s=30)

    async def effect() -> bytes:
        async with runtime.database.transaction() as connection:
            await verification.find_open_case(connection, runtime, caller, case)
            await check_consent(connection, caller, Scope.IDENTITY_CHECK)
            kinds = (VaultKind.PHONE,)
            plain = await read_vault(connection, runtime, caller, caller.subject, kinds)
        told = plain[VaultKind.PHONE], device_token
        await verification.ask_network(runtime, network, caller, case, told)
        return await look_at_verification(platform, caller, case)

    return await once_in_steps(runtime, caller, "ask_operator", key, effect)


async def conclude_verification(
    platform: Platform, caller: Caller, case: int, key: CommandKey
) -> bytes:
    """End a case by what was found: passed, to a person, or refused by law; return it as JSON.

    Raises:
        NotFound, Conflict: as `find_open_case`; `not_enough`: no way has found anything yet.
    """
    runtime = platform.runtime

    async def effect(connection: Connection) -> bytes:
        found = await verification.find_open_case(connection, runtime, caller, case)
        return await shown(connection, platform, await settle(connection, platform, found))

    return await once(runtime, caller, "conclude_verification", key, effect)


async def settle(
    connection: Connection, platform: Platform, case: IdentityCase, *, by: Caller | None = None
) -> IdentityCase:
    """Judge a case, ask the law, move it and tell decisions; the caller holds the case.

    `by` is the person who looked: what is a person's to judge is judged then.

    Raises:
        Conflict: `not_enough`; `still_in_doubt`: a person may not pass what a register denies.
    """
    runtime, book = platform.runtime, platform.verifying.book
    kept = await verification.elements(connection, case)
    found = [one.element for one in kept]
    words, name_score = await _words(connection, runtime, case)
    held = () if by is not None else case.reasons
    verdict = verification.judge(found, book.diligence, words, held)
    if verdict.event is None:
        raise Conflict("go one of the ways first", code="not_enough")
    if by is not None and verdict.event is Event.HOLD:
        raise Conflict("what is denied cannot be passed", code="still_in_doubt")
    law = await _ask_law(connection, platform, (case, found), (verdict, name_score))
    told = _under_law(verdict, law, is_person=by is not None)
    if by is not None:  # the ground on which a person passed it stands in the case
        told = replace(told, reasons=case.reasons)
    moved = await verification.conclude(connection, runtime, book, case, told)
    if moved.state is State.PASSED:
        until = runtime.clock.now() + book.valid_for
        await note_verified(connection, case.cell, case.party, int(moved.level), until)
    await tell_verdict(connection, runtime, moved)
    return moved


async def shown(connection: Connection, platform: Platform, case: IdentityCase) -> bytes:
    """Return a case as its person may see it, as JSON: no reasons, no scores."""
    kept = await verification.elements(connection, case)
    return msgspec.json.encode(view(platform, case, kept))


def view(platform: Platform, case: IdentityCase, kept: list[KeptElement]) -> dict[str, Any]:
    """Return what a person is shown of a case."""
    ways = platform.verifying.ways
    return {
        "verification": platform.runtime.public.show("verification", case.id),
        "state": case.state.value,
        "level": int(case.level),
        "channel": case.channel.value,
        "expires_at": case.expires_at,
        "ways": [one.value for one in ways],
        "done": [
            {
                "way": one.element.way.value,
                # A no and a doubt look alike: nobody is told what they are suspected of.
                "is_done": one.element.outcome is not Found.UNKNOWN,
                "at": one.found_at,
            }
            for one in kept
        ],
    }


async def check_consent(connection: Connection, caller: Caller, scope: Scope) -> str:
    """Return the version of a live consent. Raises Refused: `consent_missing`."""
    for one in await list_consents(connection, caller):
        if one.scope is scope:
            return one.version
    raise Refused("this step needs your consent", code="consent_missing")


async def _check_identified(connection: Connection, caller: Caller) -> None:
    if not await is_identified(connection, caller):
        raise Conflict("say who you are first", code="not_identified")


async def _own_elements(
    connection: Connection, runtime: Runtime, caller: Caller, service: Service
) -> dict[str, str]:
    kinds = _ELEMENTS[:2] if service is Service.VIDEO else _ELEMENTS
    plain = await read_vault(connection, runtime, caller, caller.subject, kinds)
    return {kind.value: value for kind, value in plain.items()}


async def _words(
    connection: Connection, runtime: Runtime, case: IdentityCase
) -> tuple[list[str], int]:
    """Return what is known besides the ways, and how near a listed name is, held again now."""
    kinds = (VaultKind.NAME, VaultKind.RESIDENT_ID)
    own = acting(runtime, case.party)
    plain = await read_vault(connection, runtime, own, case.party, kinds)
    words = list(verification.region_words(plain.get(VaultKind.RESIDENT_ID, "")))
    name_score = 0
    if name := plain.get(VaultKind.NAME):
        name_score = await screen_name(connection, runtime, case.party, name)
        words += verification.script_words(name)
    if name_score >= NEAR_NAME:
        words.append("near_name")
    if case.is_student:
        words.append("student")
    return words, name_score


async def _ask_law(
    connection: Connection,
    platform: Platform,
    of: tuple[IdentityCase, list[Element]],
    judged: tuple[Verdict, int],
) -> tuple[Finding, ...]:
    runtime, (case, elements), (verdict, name_score) = platform.runtime, of, judged
    party = Caller(Role.BORROWER, case.party, 0, case.cell)
    consents = {one.scope: one.version for one in await list_consents(connection, party)}
    ways = {one.way for one in elements}
    beside = [way for way in BESIDE_FACE if way in platform.verifying.ways]
    day = business_date_of(runtime.clock.now(), runtime.settings.zone)
    uses_face = Way.FACE in ways
    facts: dict[str, object] = {
        "has_consent_identity_check": Scope.IDENTITY_CHECK in consents,
        "consent_version": consents.get(Scope.IDENTITY_CHECK, ""),
        "lender_kind": "",
        "risk_level": verdict.risk_level,
        "cdd_level": platform.verifying.book.diligence.cdd(verdict.level),
        "has_source_of_funds": case.has_source_of_funds,
        "anomalies": 1 if verdict.event is Event.HOLD else 0,
        "is_student": case.is_student,
        "has_second_source": False,
        "has_parent_consent": False,
        "is_on_special_list": name_score >= LISTED_NAME,
        "data_asked": tuple(sorted({one for way in ways for one in _DATA.get(way, ())})),
        "uses_face": uses_face,
        "has_consent_face": Scope.FACE in consents,
        "has_other_way": len(beside) >= OTHER_WAYS_MIN,
        "face_kept_days": verification.FACE_KEPT_DAYS,
    }
    return platform.pack.evaluate(POINT, facts, day)


def _under_law(verdict: Verdict, law: tuple[Finding, ...], *, is_person: bool) -> Verdict:
    """Return the verdict with what the law says to it: a block or a hold is a person's to look at.

    A person passes what is held, never what is blocked.
    """
    held = [one for one in law if one.severity is Severity.HOLD and not is_person]
    blocked = [one for one in law if one.severity is Severity.BLOCK]
    rules = tuple(one.rule for one in (*blocked, *held))
    if blocked and is_person:
        raise Conflict("the law stands against it: " + ", ".join(rules), code="still_in_doubt")
    if not rules:
        return verdict
    reasons = tuple(dict.fromkeys((*verdict.reasons, *rules)))
    return Verdict(Event.HOLD, verdict.level, verdict.risk_level, reasons)


async def tell_verdict(connection: Connection, runtime: Runtime, case: IdentityCase) -> None:
    """Publish what became of a case, in the caller's commit."""
    number = runtime.ids.new(id_shard(case.party))
    told = {
        "verification": case.id,
        "party": case.party,
        "state": case.state.value,
        "level": int(case.level),
    }
    cell = runtime.cell(number)
    await publish(connection, Happened(cell, number, CONCLUDED, told, runtime.clock.now()))
