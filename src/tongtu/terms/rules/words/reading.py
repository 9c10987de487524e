"""One word of a case, read strictly: each reader names the word in its refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from tongtu.kernel.errors import BadInput
from tongtu.kernel.number import decimal_of

Words = Mapping[str, Any]
Chosen = TypeVar("Chosen")


def word_of(inputs: Words, word: str) -> Any:
    """Return the value of a word that must be there."""
    if word not in inputs:
        raise BadInput(f"{word} is missing", fields={word: "missing"})
    return inputs[word]


def choice_of(inputs: Words, word: str, known: Mapping[str, Chosen]) -> Chosen:
    """Return what the word's value stands for."""
    value = word_of(inputs, word)
    if not isinstance(value, str) or value not in known:
        said = json.dumps(value, default=str)[:80]
        raise BadInput(
            f"{word} {said} is not supported; known: {', '.join(known)}",
            fields={word: "not supported"},
        )
    return known[value]


def count_of(inputs: Words, word: str, default: int | None = None) -> int:
    """Return a whole number from 0, or the default where the word is missing or null."""
    value = inputs.get(word)
    if value is None and default is not None:
        return default
    if type(value) is not int or not 0 <= value <= 1_000_000:
        raise BadInput(f"{word} is a whole number", fields={word: "whole number"})
    return value


def flag_of(inputs: Words, word: str, *, default: bool) -> bool:
    """Return true or false, or the default where the word is missing or null."""
    value = inputs.get(word)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise BadInput(f"{word} is true or false", fields={word: "true or false"})
    return value


def minor_of(word: str, value: object) -> int:
    """Return hundredths of an amount, exactly and not negative."""
    hundredths = decimal_of(word, value) * 100
    if hundredths != int(hundredths):
        raise BadInput(f"{word} has more than two decimals, which is not supported")
    if hundredths < 0:
        raise BadInput(f"{word} is not negative")
    return int(hundredths)


def day_of(word: str, value: object) -> date:
    """Return a date written as 2026-11-24."""
    try:
        if isinstance(value, str) and len(value) == len("2026-11-24"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadInput(f"{word}: a date looks like 2026-11-24", fields={word: "date"})


def refuse_others(given: Words, known: set[str], prefix: str = "") -> None:
    """Name and refuse the first word that is not known here."""
    for word in given:
        if word not in known:
            raise BadInput(f"{prefix}{word} is not supported", fields={word: "not supported"})
