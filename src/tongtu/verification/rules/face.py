"""Two faces as 128 numbers each: how far apart, and what that means. Pure; floats are distances."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tongtu.kernel.errors import BadInput
from tongtu.verification.model import Found

NUMBERS = 128
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture: its place, five points (eye corners, nose) and its description.

    The description lives in memory for one comparison and is stored nowhere.
    """

    left: int
    top: int
    right: int
    bottom: int
    points: tuple[tuple[int, int], ...]
    numbers: tuple[float, ...]

    @property
    def size(self) -> int:
        """The side of its box, in pixels."""
        return min(self.right - self.left, self.bottom - self.top)


@dataclass(frozen=True, slots=True)
class FaceLines:
    """Below the first a machine accepts, from the second it says no; a person looks between."""

    accept_ppm: int
    reject_ppm: int

    def judge(self, distance_ppm: int) -> Found:
        """Return what a distance means."""
        if distance_ppm < self.accept_ppm:
            return Found.YES
        return Found.PERSON if distance_ppm < self.reject_ppm else Found.NO


def distance_ppm(one: Sequence[float], other: Sequence[float]) -> int:
    """Return the Euclidean distance in millionths, rounded up: never nearer than it is.

    Raises:
        BadInput: not two descriptions.
    """
    if len(one) != NUMBERS or len(other) != NUMBERS:
        raise BadInput("a face is described by 128 numbers")
    distance = math.dist(one, other)
    if not math.isfinite(distance):
        raise BadInput("a face is described by finite numbers")
    return math.ceil(distance * MILLION)


def turn_ppm(face: Face) -> int:
    """Return how far the nose is from the middle of the eyes, as a share of their distance.

    Positive: towards the right of the picture, so the person turned to their own left.
    """
    (first, _), (second, _), (third, _), (fourth, _), (nose, _) = face.points
    left, right = min(first, third), max(first, third)
    if right <= left:
        raise BadInput("the eyes of a face are apart")
    middle = (first + second + third + fourth) / 4
    return round((nose - middle) / (right - left) * MILLION)


def largest(faces: Sequence[Face]) -> Face:
    """Return the face a picture is of. Raises BadInput: none, or two that could be it."""
    if not faces:
        raise BadInput("no face is in the picture", code="no_face")
    ordered = sorted(faces, key=lambda one: one.size, reverse=True)
    # A second face nearly as large: whose picture it is, nobody can say.
    if len(ordered) > 1 and ordered[1].size * 2 > ordered[0].size:
        raise BadInput("more than one face is in the picture", code="two_faces")
    return ordered[0]
