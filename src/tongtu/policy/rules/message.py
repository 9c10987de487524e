"""Texts with figures: every number comes from a finding or a parameter, none from a text."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from tongtu.policy.model import BadPack

_PPM_PER_PERCENT = 10_000


def facts_hash(facts: Mapping[str, object]) -> str:
    """Return sha256 over facts, the same on every machine: names in order, values with types."""
    said = "\n".join(f"{name}={_canonical(facts[name])}" for name in sorted(facts))
    return hashlib.sha256(said.encode()).hexdigest()


def _canonical(value: object) -> str:
    if isinstance(value, tuple | list | frozenset):
        return repr(sorted(repr(one) for one in value))
    return f"{type(value).__name__}:{value}"


def fill(text: str, value_of: Callable[[str], object]) -> str:
    """Return the text with each {name} shown in its unit: *_minor in yuan, *_ppm in percent."""
    return text.format_map({name: shown(name, value_of(name)) for name in placeholders(text)})


def placeholders(text: str) -> frozenset[str]:
    """Return the names in braces. Raises BadPack for anything but a plain name."""
    try:
        found = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
    except ValueError as error:
        raise BadPack(f"a text with a broken placeholder: {text}") from error
    if not all(name.isidentifier() for name in found):
        raise BadPack(f"a placeholder is a plain name: {text}")
    return frozenset(found)


def shown(name: str, value: object) -> str:
    """Return a value as a person reads it."""
    if isinstance(value, int) and not isinstance(value, bool):
        if name.endswith("_minor"):
            amount = f"{Decimal(value) / 100:,.2f}"
            return amount.removesuffix(".00")
        if name.endswith("_ppm"):
            return f"{Decimal(value) / _PPM_PER_PERCENT:.2f}%"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
