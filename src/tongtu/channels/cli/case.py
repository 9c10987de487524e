"""One JSON case from standard input, with every number exact."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn

from tongtu.kernel.errors import BadInput, TooLarge

CASE_BYTES_MAX = 4_000_000
# Within the 28 digits that Decimal keeps exactly.
_PLAIN = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,15})?|-?0\.[0-9]{1,25}")


def read_case(stream: BinaryIO) -> dict[str, Any]:
    """Return the JSON object on the stream; fractions come as Decimal. Raises BadInput."""
    text = stream.read(CASE_BYTES_MAX + 1)
    if len(text) > CASE_BYTES_MAX:
        raise TooLarge(f"a case has at most {CASE_BYTES_MAX} bytes")
    try:
        case = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadInput("standard input holds no JSON") from None
    if not isinstance(case, dict):
        raise BadInput("a case is a JSON object")
    return case


def decimal_of(word: str, value: object) -> Decimal:
    """Return a decimal written as a JSON number or text. Raises BadInput naming the word."""
    if isinstance(value, int | Decimal | str) and not isinstance(value, bool):
        text = f"{value:f}" if isinstance(value, Decimal) else str(value)
        if _PLAIN.fullmatch(text):
            return Decimal(text)
    raise BadInput(f"{word} is a plain decimal", fields={word: "decimal"})


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)
