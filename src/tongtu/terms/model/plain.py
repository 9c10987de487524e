"""Frozen dataclasses to plain JSON values and back, by their annotations; a Decimal is text.

A key that is missing or unknown, a wrong type or an unknown word is refused as BadTerms.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from tongtu.terms.model.fault import BadTerms

TEXT_MAX = 200


def to_plain(value: object) -> Any:
    """Return the value as dicts, lists, text, whole numbers, booleans and None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: to_plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, frozenset | tuple):
        listed = sorted(value) if isinstance(value, frozenset) else value
        return [to_plain(one) for one in listed]
    return value.value if isinstance(value, StrEnum) else value


def from_plain(kind: Any, value: object) -> Any:
    """Return the value of the annotated kind. Raises BadTerms."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {types.UnionType, Union}:
        return _one_of(arguments, value)
    if origin in {tuple, frozenset}:
        return _several(origin, arguments, value)
    if is_dataclass(kind):
        return _record(kind, value)
    if kind in {int, bool, str}:
        if type(value) is kind:
            return value
    elif isinstance(value, str) and len(value) <= TEXT_MAX:
        return _from_text(kind, value)
    raise BadTerms(f"loan terms cannot be read: {value!r:.80} is no {kind.__name__}")


def _from_text(kind: Any, value: str) -> Any:
    try:
        return date.fromisoformat(value) if kind is date else kind(value)
    except (ValueError, InvalidOperation) as error:
        raise BadTerms(f"loan terms cannot be read: {error}") from error


def _one_of(kinds: tuple[Any, ...], value: object) -> Any:
    if value is None and types.NoneType in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not types.NoneType)
    exact = next((kind for kind in kinds if type(value) is kind), kinds[-1])
    return from_plain(exact, value)


def _several(origin: Any, arguments: tuple[Any, ...], value: object) -> Any:
    if not isinstance(value, list):
        raise BadTerms("loan terms cannot be read: a list was expected")
    if origin is tuple and arguments[-1] is not Ellipsis:
        if len(value) != len(arguments):
            raise BadTerms(f"loan terms cannot be read: {len(arguments)} values were expected")
        return tuple(from_plain(kind, one) for kind, one in zip(arguments, value, strict=True))
    return origin(from_plain(arguments[0], one) for one in value)


def _record(kind: Any, value: object) -> Any:
    if not isinstance(value, Mapping):
        raise BadTerms(f"loan terms cannot be read: {kind.__name__} is an object")
    hints = get_type_hints(kind)
    names = [one.name for one in fields(kind)]
    missing = [name for name in names if name not in value]
    unknown = [name for name in value if name not in names]
    if missing or unknown:
        raise BadTerms(f"loan terms with {unknown} and without {missing}")
    return kind(**{name: from_plain(hints[name], value[name]) for name in names})
