"""Reads rules/verification.toml: thresholds, diligence, terms. A wrong file stops the start."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tongtu.kernel.errors import Broken
from tongtu.tables.api import rules_root
from tongtu.verification.rules.face import FaceLines
from tongtu.verification.rules.level import Diligence, read_diligence
from tongtu.verification.rules.liveness import LivenessLines

FILE = "verification.toml"
STANDING_DAYS_MAX = 3_650
MILLION = 1_000_000
CHALLENGE_S_MAX, ACTIONS_MAX = 600, 6


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything a person may set about verification."""

    version: str
    valid_for: timedelta
    diligence: Diligence
    face: FaceLines
    liveness: LivenessLines


def load_rulebook(folder: Path) -> Rulebook:
    """Return the rules of a folder; one made before there were any has the shipped ones.

    Raises:
        Broken: they cannot be read, or cannot be right.
    """
    path = folder / FILE
    try:
        content = tomllib.loads(
            (path if path.exists() else rules_root() / FILE).read_text(encoding="utf-8")
        )
        face, live = content["face"], content["liveness"]
        book = Rulebook(
            version=str(content["version"]),
            valid_for=timedelta(days=_whole(content["standing"], "days", STANDING_DAYS_MAX)),
            diligence=read_diligence(content["diligence"]),
            face=FaceLines(_whole(face, "accept_ppm"), _whole(face, "reject_ppm")),
            liveness=LivenessLines(
                challenge_s=_whole(live, "challenge_s", CHALLENGE_S_MAX),
                actions=_whole(live, "actions", ACTIONS_MAX),
                turned_ppm=_whole(live, "turned_ppm"),
                straight_ppm=_whole(live, "straight_ppm"),
                same_face_ppm=_whole(live, "same_face_ppm"),
            ),
        )
    except (OSError, KeyError, TypeError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise Broken(f"{FILE} cannot be read: {fault!r}") from fault
    if book.face.accept_ppm > book.face.reject_ppm:
        raise Broken(f"{FILE}: a face is accepted below the line it is rejected from")
    if book.liveness.straight_ppm >= book.liveness.turned_ppm:
        raise Broken(f"{FILE}: who looks straight ahead has turned less than who turned")
    return book


def _whole(table: Mapping[str, Any], name: str, most: int = MILLION) -> int:
    value = table[name]
    if type(value) is not int or not 1 <= value <= most:
        raise Broken(f"{FILE}: {name} is a whole number from 1 to {most}")
    return value
