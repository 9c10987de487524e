"""A bank card's number: its length and its last digit (Luhn). Pure."""

from __future__ import annotations

import re

from tongtu.kernel.errors import BadInput

_NUMBER = re.compile(r"[0-9]{12,19}", re.ASCII)
_GAPS = str.maketrans("", "", " -")
TYPED_MAX = 40


def is_luhn(digits: str) -> bool:
    """Tell whether the last of these digits fits the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2 == 1:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def parse_card_number(text: str) -> str:
    """Return a card's digits without gaps.

    Raises:
        BadInput: code `bad_card`; the message holds nothing of what was sent.
    """
    digits = text.translate(_GAPS) if len(text) <= TYPED_MAX else ""
    if not _NUMBER.fullmatch(digits) or not is_luhn(digits) or len(set(digits)) == 1:
        raise BadInput(
            "this card number is not valid",
            code="bad_card",
            fields={"card_number": "12 to 19 digits; please compare with the card"},
        )
    return digits
