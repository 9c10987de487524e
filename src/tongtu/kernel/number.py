"""Exact numbers from the outside: a plain decimal in digits 0-9, as JSON number or text."""

from __future__ import annotations

import re
from decimal import Decimal

from tongtu.kernel.errors import BadInput

# Within the 28 digits that Decimal keeps exactly.
_PLAIN = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,15})?|-?[0-9]{1,3}\.[0-9]{1,25}")


def decimal_of(word: str, value: object) -> Decimal:
    """Return a decimal written as a JSON number or text. Raises BadInput naming the word."""
    if isinstance(value, int | Decimal | str) and not isinstance(value, bool):
        text = f"{value:f}" if isinstance(value, Decimal) else str(value)
        if _PLAIN.fullmatch(text):
            return Decimal(text)
    raise BadInput(f"{word} is a plain decimal", fields={word: "decimal"})
