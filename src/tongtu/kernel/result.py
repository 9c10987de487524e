"""A business refusal is a value, not an exception: Result = Ok | No(ReasonCode, facts)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, NewType, TypeVar

T = TypeVar("T")
ReasonCode = NewType("ReasonCode", str)


@dataclass(frozen=True, slots=True)
class Ok(Generic[T]):
    """The command took effect and gave `value`."""

    value: T


@dataclass(frozen=True, slots=True)
class No:
    """A rule refused the command; `reason` is stable and readable by a customer."""

    reason: ReasonCode
    facts: dict[str, str] = field(default_factory=dict)


Result = Ok[T] | No
