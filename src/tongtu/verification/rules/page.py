"""Lines of text as they lie on a card: turned upright, neighbours found by place. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tongtu.verification.vision.protocol import Text

# A card photographed more askew than this is to be taken again.
ANGLE_MAX = math.radians(30)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in upright coordinates: its middle, its left and right end, its height."""

    text: str
    left: float
    right: float
    middle: float
    height: float
    score: float


Corners = Sequence[Sequence[float]]


def upright(boxes: Sequence[Text]) -> list[Line]:
    """Return the lines as if the card lay straight, from top to bottom.

    How far it is turned is the middle of what the longest lines say; a short one says little.
    """
    longest = sorted(boxes, key=lambda box: _length(box.corners), reverse=True)[:6]
    angle = median([_angle(box.corners) for box in longest]) if longest else 0.0
    if abs(angle) > ANGLE_MAX:
        return []
    lines = [_line(box, -angle) for box in boxes]
    return sorted(lines, key=lambda line: (line.middle, line.left))


def right_of(lines: Sequence[Line], label: Line) -> Line | None:
    """Return the nearest line that begins right of a label, in its row."""
    beside = [
        line
        for line in lines
        if line is not label
        and line.left >= label.right - label.height
        and abs(line.middle - label.middle) < label.height * 0.7
    ]
    return min(beside, key=lambda line: line.left, default=None)


def below(lines: Sequence[Line], first: Line, until: float) -> list[Line]:
    """Return the lines under one that begin where it begins, above a height."""
    return [
        line
        for line in lines
        if first.middle < line.middle < until and abs(line.left - first.left) < first.height * 1.5
    ]


def _line(box: Text, angle: float) -> Line:
    turned = [_turn(x, y, angle) for x, y in box.corners]
    xs, ys = [x for x, _ in turned], [y for _, y in turned]
    middle, height = sum(ys) / len(ys), max(ys) - min(ys)
    return Line(box.text.strip(), min(xs), max(xs), middle, height, box.score)


def _turn(x: float, y: float, angle: float) -> tuple[float, float]:
    cosine, sine = math.cos(angle), math.sin(angle)
    return x * cosine - y * sine, x * sine + y * cosine


def _angle(corners: Corners) -> float:
    (left, top), (right, other) = corners[0], corners[1]
    return math.atan2(other - top, right - left)


def _length(corners: Corners) -> float:
    (left, top), (right, other) = corners[0], corners[1]
    return math.hypot(other - top, right - left)
