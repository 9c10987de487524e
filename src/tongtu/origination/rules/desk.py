"""The desk where persons decide: what needs a second one, grounds, documents, alarm. Pure.

A person's word never weighs more than the law or a lender's no: the engine has its say after it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongtu.kernel.money import AMOUNT_MINOR_MAX
from tongtu.origination.model import Outcome, Said
from tongtu.tables.api import BadTable

PPM = 1_000_000
CODES_MAX = 4
_WORDS = {
    "second_from_minor", "override_alarm_ppm", "override_alarm_from", "ground", "document",
}  # fmt: skip
# What the challenger's two lines say of a case; "person" is neither.
_APPROVES, _DECLINES = "approve", "decline"


@dataclass(frozen=True, slots=True)
class Told:
    """A ground or a document in words."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Settings of the desk, as `rules/desk.toml` has them. Money in fen."""

    second_from_minor: int
    override_alarm_ppm: int
    override_alarm_from: int
    grounds: Mapping[str, Told]
    documents: Mapping[str, Told]

    def needs_second(self, amount_minor: int, said: Said, *, is_override: bool) -> bool:
        """Tell whether an approval needs a second person; a refusal never does."""
        return said is Said.APPROVE and (is_override or amount_minor >= self.second_from_minor)

    def is_alarming(self, rulings: int, overrides: int) -> bool:
        """Tell whether persons say otherwise than the machine too often."""
        return (
            rulings >= self.override_alarm_from
            and overrides * PPM > rulings * self.override_alarm_ppm
        )


def is_override(machine: Outcome, lines: str, said: Said) -> bool:
    """Tell whether a person says otherwise than the machine did.

    A machine that left a case to a person still has a word where its challenger's two lines do.
    """
    if said is Said.APPROVE:
        return machine is Outcome.DECLINED or (machine is Outcome.REVIEW and lines == _DECLINES)
    return machine is Outcome.OFFERS or (machine is Outcome.REVIEW and lines == _APPROVES)


def read_desk(content: bytes) -> Desk:
    """Return the desk of a file's bytes. Raises BadTable naming what is wrong."""
    try:
        words = tomllib.loads(content.decode())
        if set(words) != _WORDS:
            raise BadTable(f"desk.toml has the words {', '.join(sorted(_WORDS))} and no others")
        grounds, documents = _told(words["ground"]), _told(words["document"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadTable("desk.toml cannot be read") from error
    return Desk(
        _whole(words, "second_from_minor", AMOUNT_MINOR_MAX),
        _whole(words, "override_alarm_ppm", PPM),
        _whole(words, "override_alarm_from", PPM),
        grounds,
        documents,
    )


def _whole(words: Mapping[str, Any], name: str, most: int) -> int:
    found = words[name]
    if type(found) is not int or not 1 <= found <= most:
        raise BadTable(f"desk.toml: {name} is a whole number from 1 to {most}")
    return found


def _told(entries: Mapping[str, Mapping[str, str]]) -> dict[str, Told]:
    found = {code: Told(text["zh"], text["en"]) for code, text in entries.items()}
    if not found:
        raise BadTable("desk.toml names at least one ground and one document")
    return found
