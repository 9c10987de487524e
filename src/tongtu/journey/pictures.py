"""A person shows their card and their face: read in a process of its own, sealed or forgotten.

The card's pictures are sealed documents of the case. Of a face nothing is kept where it fits; where
a person has to look, one frame is, for as long as the pack lets a face be kept at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from tongtu.identity.api import (
    Caller,
    CommandKey,
    Scope,
    Upload,
    VaultKind,
    keep_document,
    once,
    once_in_steps,
    open_document,
    read_vault,
    seal_upload,
)
from tongtu.identity.api import platform as acting
from tongtu.journey.verification import (
    Platform,
    check_consent,
    check_own_case,
    look_at_verification,
)
from tongtu.kernel.errors import Conflict, Refused
from tongtu.runtime.api import Connection, business_date
from tongtu.verification import api as verification
from tongtu.verification.api import Back, Element, Found, Front, Way

FRONT, BACK, SELFIE = "id_front", "id_back", "selfie"
KEPT = "applicant_document"
FACE_DAYS = "face_kept_days_max"
_WAYS = {FRONT: Way.DOCUMENT, BACK: Way.CARD_BACK}


@dataclass(frozen=True, slots=True)
class CardSide:
    """A picture of one side of a card, for a case."""

    case: int
    kind: str  # id_front, id_back
    declared_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Frames:
    """The answer to a challenge: a picture an action, in order."""

    case: int
    challenge: str
    pictures: Sequence[bytes]


async def read_card(platform: Platform, caller: Caller, kind: str, content: bytes) -> bytes:
    """Return what a picture of one's own card says, as JSON; nothing of it is kept.

    Raises:
        Refused: `consent_missing`.
        BadInput, NotReady, Overloaded: as `Eyes.read`.
    """
    async with platform.runtime.database.reading() as connection:
        await check_consent(connection, caller, Scope.IDENTITY_CHECK)
    lines = verification.upright(await platform.verifying.eyes.read(content))
    read = verification.read_front(lines) if kind == FRONT else verification.read_back(lines)
    return msgspec.json.encode(read)


async def show_card(platform: Platform, caller: Caller, side: CardSide, key: CommandKey) -> bytes:
    """Keep a side of one's card, hold what it says against who one is; return the case as JSON.

    Raises:
        Refused: `consent_missing`.
        BadInput, NotReady, Overloaded: as `Eyes.read`; `wrong_type`.
        NotFound, Conflict: as `find_open_case`; `too_many_documents`, `too_many_tries`.
    """
    runtime = platform.runtime
    await check_own_case(platform, caller, side.case)
    upload = Upload(side.case, side.kind, side.declared_type, side.content)

    async def effect() -> bytes:
        sealed = await seal_upload(runtime, caller, upload)
        async with runtime.database.transaction() as connection:
            await verification.find_open_case(connection, runtime, caller, side.case)
            await check_consent(connection, caller, Scope.IDENTITY_CHECK)
            plain = await read_vault(connection, runtime, caller, caller.subject, _COMPARED)
            today = await business_date(connection)
        lines = verification.upright(await platform.verifying.eyes.read(side.content))
        if side.kind == FRONT:
            outcome, words = front_words(verification.read_front(lines), plain)
        else:
            outcome, words = back_words(verification.read_back(lines), today)
        element = Element(
            _WAYS[side.kind], outcome, "card_reader", detail=words, document=sealed.id
        )
        async with runtime.database.transaction() as connection:
            case = await verification.find_open_case(connection, runtime, caller, side.case)
            until = platform.pack.kept_until(KEPT, today)
            await keep_document(connection, runtime, caller, sealed, (case.opened_at, until))
            await verification.add_element(connection, runtime, case, element)
        return await look_at_verification(platform, caller, side.case)

    return await once_in_steps(runtime, caller, f"show_{side.kind}", key, effect)


async def begin_challenge(platform: Platform, caller: Caller, case: int, key: CommandKey) -> bytes:
    """Draw a challenge for one's face; return its text and actions as JSON.

    Raises:
        Refused: `consent_missing`: a face has a consent of its own; `no_other_way`.
        NotFound, Conflict: as `find_open_case`; `no_card`: its portrait is compared with.
    """
    runtime, book = platform.runtime, platform.verifying.book

    async def effect(connection: Connection) -> bytes:
        await verification.find_open_case(connection, runtime, caller, case)
        await _check_face(connection, platform, caller)
        await _front_of(connection, platform, caller, case)
        drawn = await verification.issue_challenge(connection, runtime, caller, case, book.liveness)
        told = {
            "challenge": drawn.text,
            "actions": [one.value for one in drawn.actions],
            "expires_at": drawn.expires_at,
        }
        return msgspec.json.encode(told)

    return await once(runtime, caller, "begin_challenge", key, effect)


async def show_face(platform: Platform, caller: Caller, frames: Frames, key: CommandKey) -> bytes:
    """Hold the face of an answered challenge against the card's portrait; return the case.

    Raises:
        Refused: as `begin_challenge`.
        NotFound, Conflict: as `find_open_case`; `challenge_over`; `no_card`.
        BadInput, NotReady, Overloaded: as `Eyes.faces`; `frame_count`.
    """
    runtime, tools = platform.runtime, platform.verifying
    await check_own_case(platform, caller, frames.case)

    async def effect() -> bytes:
        for one in frames.pictures:  # before the challenge is used up
            verification.measure(one)
        async with runtime.database.transaction() as connection:
            await _check_face(connection, platform, caller)
            card = await _card(connection, platform, caller, frames.case)
        actions = await verification.answer_challenge(
            runtime, caller, frames.case, frames.challenge, frames.pictures
        )
        if actions is None:
            element = verification.REPLAYED
        elif card is None:
            element = verification.CARD_IN_DOUBT
        else:
            seen = await tools.liveness.judge(actions, frames.pictures)
            element = await verification.compare(
                tools.eyes, tools.liveness, tools.book.face, (seen, card)
            )
        async with runtime.database.transaction() as connection:
            case = await verification.find_open_case(connection, runtime, caller, frames.case)
            if element.outcome in (Found.NO, Found.PERSON):
                await _keep_face(connection, platform, caller, frames, case.opened_at)
            await verification.add_element(connection, runtime, case, element)
        return await look_at_verification(platform, caller, frames.case)

    return await once_in_steps(runtime, caller, "show_face", key, effect)


_COMPARED = (VaultKind.NAME, VaultKind.RESIDENT_ID)


def front_words(read: Front, plain: dict[VaultKind, str]) -> tuple[Found, tuple[str, ...]]:
    """Return what a card says of who its person stated to be."""
    if read.number is None or read.name is None:
        return Found.UNKNOWN, ("card_unread",)
    if read.number != plain.get(VaultKind.RESIDENT_ID):
        return Found.NO, ("card_other_number",)
    words = list(verification.doubts_of(read))
    if not verification.is_same_name(read.name, plain.get(VaultKind.NAME, "")):
        words.append("card_other_name")
    return (Found.PERSON if words else Found.YES), tuple(words)


def back_words(read: Back, today: date) -> tuple[Found, tuple[str, ...]]:
    """Return whether a card's term holds on a day."""
    if read.valid_from is None or (read.valid_to is None and not read.is_long_term):
        return Found.UNKNOWN, ("card_unread",)
    if read.valid_from > today or (read.valid_to is not None and read.valid_to < today):
        return Found.PERSON, ("card_expired",)
    return Found.YES, ()


async def _check_face(connection: Connection, platform: Platform, caller: Caller) -> None:
    if Way.FACE not in platform.verifying.ways:
        raise Refused("a face is asked for where there are other ways only", code="no_other_way")
    await check_consent(connection, caller, Scope.FACE)


async def _front_of(
    connection: Connection, platform: Platform, caller: Caller, case: int
) -> Element:
    """Return the last word that a front was read to. Raises Conflict: `no_card`: there is none."""
    found = await verification.find_case(connection, platform.runtime, caller, case)
    kept = await verification.elements(connection, found)
    front = verification.newest([one.element for one in kept]).get(Way.DOCUMENT)
    if front is None or front.outcome is Found.UNKNOWN or front.document is None:
        raise Conflict("show your card first", code="no_card")
    return front


async def _card(
    connection: Connection, platform: Platform, caller: Caller, case: int
) -> bytes | None:
    """Return the picture whose words are the person's, None where they are in doubt.

    No other picture of the case is compared with: it may be of anybody. The look is logged.
    """
    runtime = platform.runtime
    front = await _front_of(connection, platform, caller, case)
    if front.outcome is not Found.YES or front.document is None:
        return None
    reader = acting(runtime, caller.subject)
    _, content = await open_document(connection, runtime, reader, (case, front.document))
    return content


async def _keep_face(
    connection: Connection,
    platform: Platform,
    caller: Caller,
    frames: Frames,
    opened_at: datetime,
) -> None:
    """Keep the frame that looks straight ahead for the person who has to look."""
    today = await business_date(connection)
    most = int(platform.pack.param(FACE_DAYS, today))
    until = today + timedelta(days=min(most, verification.FACE_KEPT_DAYS))
    picture = frames.pictures[0]
    kind = verification.measure(picture).media_type
    runtime = platform.runtime
    sealed = await seal_upload(runtime, caller, Upload(frames.case, SELFIE, kind, picture))
    await keep_document(connection, runtime, caller, sealed, (opened_at, until))
