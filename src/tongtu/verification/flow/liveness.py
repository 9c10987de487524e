"""A random challenge, and the frames that answer it: fresh, never seen before, used up at once.

Frames are looked at in the worker and forgotten; a keyed hash of each stays.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tongtu.identity.api import Caller
from tongtu.kernel.errors import BadInput, Conflict
from tongtu.kernel.ids import cell_of, shard_of
from tongtu.runtime.api import Connection, Runtime, get_logger
from tongtu.verification.flow.case import find_open_case
from tongtu.verification.model import Element, Found, Way
from tongtu.verification.rules.face import Face, FaceLines, distance_ppm, largest
from tongtu.verification.rules.liveness import (
    Action,
    LivenessLines,
    Seen,
    draw_actions,
    watch,
)
from tongtu.verification.store import once
from tongtu.verification.vision.eyes import Eyes

NONCE_BYTES = 20
FRAMES_MAX = 8
log = get_logger("liveness")


class LivenessProvider(Protocol):
    """Says whether a living person followed a challenge. A certified one is set up as such."""

    name: str
    is_certified: bool  # tested by an accredited laboratory (ISO 30107-3)

    async def judge(self, actions: Sequence[Action], frames: Sequence[bytes]) -> Seen:
        """Return what the frames showed. Raises BadInput: a picture beyond its bounds."""
        ...


class ActiveChallenge:
    """Our own: turns followed by one face. It stops photographs, and is certified by nobody."""

    name = "active_challenge"
    is_certified = False

    def __init__(self, eyes: Eyes, lines: LivenessLines) -> None:
        self._eyes = eyes
        self._lines = lines

    async def judge(self, actions: Sequence[Action], frames: Sequence[bytes]) -> Seen:
        """Return what the frames showed, a frame an action."""
        if len(frames) != len(actions):
            raise BadInput("a frame is wanted for each action", code="frame_count")
        return watch(actions, [await self._eyes.faces(frame) for frame in frames], self._lines)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is asked of a person; its text is told once and kept as a keyed hash."""

    text: str
    actions: tuple[Action, ...]
    expires_at: datetime


async def issue_challenge(
    connection: Connection, runtime: Runtime, caller: Caller, case: int, lines: LivenessLines
) -> Challenge:
    """Draw a challenge for a case; one that was not answered before is over.

    Raises NotFound, Conflict: as `find_open_case`.
    """
    found = await find_open_case(connection, runtime, caller, case)
    at = runtime.clock.now()
    text = runtime.entropy.bytes(NONCE_BYTES).hex()
    actions = draw_actions(runtime.entropy.bytes(lines.actions), lines.actions)
    term = once.Term(at, at + timedelta(seconds=lines.challenge_s))
    hash_ = runtime.keys.blind("challenge", text)
    await once.issue_challenge(connection, found, hash_, [one.value for one in actions], term)
    return Challenge(text, actions, term.end)


async def answer_challenge(
    runtime: Runtime, caller: Caller, case: int, challenge: str, frames: Sequence[bytes]
) -> tuple[Action, ...] | None:
    """Use a challenge up, note its frames; return its actions, None where one was seen before.

    Raises:
        Conflict: `challenge_over`: not of this case, answered, or too late. Nothing is noted then.
        BadInput: `frame_count`: none, or more than eight.
    """
    if not 1 <= len(frames) <= FRAMES_MAX:
        raise BadInput("one to eight frames are wanted", code="frame_count")
    hashes = await asyncio.to_thread(_hashes, runtime, frames)
    at = runtime.clock.now()
    async with runtime.database.transaction() as connection:
        found = await find_open_case(connection, runtime, caller, case)
        hash_ = runtime.keys.blind("challenge", challenge)
        actions = await once.use_challenge(connection, found, hash_, at)
    if actions is None:
        log.warning("challenge_refused", case=case, cell=found.cell)
        raise Conflict("this challenge is over; ask for another", code="challenge_over")
    fresh = []
    for one in hashes:  # each in the cell of its own hash, so each in its own commit
        cell = cell_of(shard_of(one), runtime.settings.cells)
        async with runtime.database.transaction() as connection:
            fresh.append(await once.claim_frame(connection, cell, one, case, at))
    if not all(fresh):
        log.warning("frame_replayed", case=case, cell=found.cell)
        return None
    return tuple(Action(one) for one in actions)


REPLAYED = Element(Way.FACE, Found.NO, "frames", detail=("frame_replayed",))
# A card that says something else is compared with nobody: who looks at the card looks at the face.
CARD_IN_DOUBT = Element(Way.FACE, Found.PERSON, "frames", detail=("card_in_doubt",))


async def compare(
    eyes: Eyes, provider: LivenessProvider, lines: FaceLines, pictures: tuple[Seen, bytes]
) -> Element:
    """Return what the face of a followed challenge is to the portrait of a card."""
    seen, card = pictures
    named = provider.name, provider.is_certified
    if seen.outcome is not Found.YES or seen.face is None:
        return Element(Way.FACE, seen.outcome, named[0], named[1], seen.detail)
    portrait = await _portrait(eyes, card)
    if portrait is None:
        return Element(Way.FACE, Found.UNKNOWN, named[0], named[1], ("no_portrait",))
    distance = distance_ppm(seen.face.numbers, portrait.numbers)
    return Element(Way.FACE, lines.judge(distance), named[0], named[1], (), distance)


async def _portrait(eyes: Eyes, card: bytes) -> Face | None:
    try:
        return largest(await eyes.faces(card))
    except BadInput:
        return None


def _hashes(runtime: Runtime, frames: Sequence[bytes]) -> list[bytes]:
    digests = (hashlib.sha256(frame).hexdigest() for frame in frames)
    return [runtime.keys.blind("frame", digest) for digest in digests]
