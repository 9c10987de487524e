"""An active challenge: turns in a random order, followed by one face, in fresh frames. Pure.

It stops a photograph and an old recording. It is no certified liveness (ISO 30107-3): what follows
from it is capped, or a person looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tongtu.kernel.errors import BadInput
from tongtu.verification.model import Found
from tongtu.verification.rules.face import Face, distance_ppm, largest, turn_ppm

FACE_PIXELS_MIN = 80


class Action(StrEnum):
    """What a person is asked to do: to their own left and right."""

    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class LivenessLines:
    """What counts as turned, as straight and as the same face; how long a challenge lives."""

    challenge_s: int
    actions: int
    turned_ppm: int
    straight_ppm: int
    same_face_ppm: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What the frames of a challenge showed; `face` is of the frame that looks straight ahead."""

    outcome: Found
    detail: tuple[str, ...]
    face: Face | None


def draw_actions(noise: bytes, count: int) -> tuple[Action, ...]:
    """Return so many actions from random bytes: first straight ahead, never one twice in a row."""
    actions = [Action.STRAIGHT]
    for byte in noise:
        if len(actions) > count:
            break
        others = [one for one in Action if one is not actions[-1]]
        actions.append(others[byte % len(others)])
    if len(actions) <= count:
        raise BadInput("too little noise for a challenge")
    return tuple(actions)


def follows(action: Action, turned_ppm: int, lines: LivenessLines) -> bool:
    """Tell whether a turn is what was asked for."""
    if action is Action.STRAIGHT:
        return abs(turned_ppm) <= lines.straight_ppm
    return (turned_ppm if action is Action.LEFT else -turned_ppm) >= lines.turned_ppm


def watch(
    actions: Sequence[Action], frames: Sequence[Sequence[Face]], lines: LivenessLines
) -> Seen:
    """Return whether the faces in the frames, a frame an action, are one face that followed.

    A frame with no face or two, or a turn that is not there, is unknown: it is tried again with
    another challenge. Another face among the frames is a no.
    """
    if len(frames) != len(actions):
        raise BadInput("a frame is wanted for each action", code="frame_count")
    try:
        faces = [largest(found) for found in frames]
    except BadInput as fault:
        return Seen(Found.UNKNOWN, (fault.code,), None)
    if any(face.size < FACE_PIXELS_MIN for face in faces):
        return Seen(Found.UNKNOWN, ("face_small",), None)
    first = faces[0]
    if any(distance_ppm(first.numbers, one.numbers) >= lines.same_face_ppm for one in faces[1:]):
        return Seen(Found.NO, ("another_face",), None)
    turns = [turn_ppm(face) for face in faces]
    if not all(follows(*pair, lines) for pair in zip(actions, turns, strict=True)):
        return Seen(Found.UNKNOWN, ("not_followed",), None)
    return Seen(Found.YES, (), first)
