"""A form filled in at several places: which fields there are, and when two writers disagree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from tongtu.kernel.errors import BadInput
from tongtu.terms.api import PRINCIPAL_MINOR_MAX

Value: TypeAlias = int | str | bool | None
Name: TypeAlias = Literal[
    "product", "amount_minor", "tenor_months", "purpose", "income_minor", "expenses_minor",
    "assets_minor", "debt_minor", "price_minor", "seniority_years", "home", "job", "records",
]  # fmt: skip
_NUMBERS = {
    "amount_minor": PRINCIPAL_MINOR_MAX,
    "tenor_months": 120,
    "income_minor": PRINCIPAL_MINOR_MAX,
    "expenses_minor": PRINCIPAL_MINOR_MAX,
    "assets_minor": 10**12,
    "debt_minor": 10**12,
    "price_minor": PRINCIPAL_MINOR_MAX,
    "seniority_years": 60,
}
_WORDS = frozenset({"product", "purpose", "home", "job"})
_MAY_BE_UNSAID = frozenset({"income_minor", "assets_minor", "debt_minor"})
WORD_MAX = 40


@dataclass(frozen=True, slots=True)
class Written:
    """A field as somebody wrote it: since which version of the form, when, and where."""

    value: Value
    version: int
    at: datetime
    channel: str


@dataclass(frozen=True, slots=True)
class Form:
    """All fields that were written so far; version 0: none was."""

    version: int = 0
    fields: Mapping[str, Written] = field(default_factory=dict)


def check_value(name: str, value: Value) -> None:
    """Refuse a value that no field of this name can have. Raises BadInput."""
    if value is None:
        is_good = name in _MAY_BE_UNSAID
    elif name in _NUMBERS:
        is_good = type(value) is int and 0 <= value <= _NUMBERS[name]
    elif name in _WORDS:
        is_good = isinstance(value, str) and 0 < len(value) <= WORD_MAX
    else:
        is_good = isinstance(value, bool)
    if not is_good:
        raise BadInput("this field cannot be that", fields={name: "value"})


def disputed(form: Form, base: int, wished: Mapping[str, Value]) -> list[str]:
    """Return the fields that were written elsewhere since `base`, as something else."""
    return [
        name
        for name, value in wished.items()
        if (there := form.fields.get(name)) and there.version > base and there.value != value
    ]


def rewritten(form: Form, wished: Iterable[tuple[str, Value]], at: datetime, channel: str) -> Form:
    """Return the form with what was wished; a field that says the same stays whose it was."""
    version, fields = form.version + 1, dict(form.fields)
    for name, value in wished:
        there = fields.get(name)
        if there is None or there.value != value:
            fields[name] = Written(value, version, at, channel)
    return Form(version, fields)
