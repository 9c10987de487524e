"""What terms and cash flows may be refused for."""

from __future__ import annotations

from decimal import Decimal

from tongtu.kernel.errors import BadInput

# Finer than any rate or percentage that is agreed; it keeps exact fractions small.
DECIMALS_MAX = 8


class BadTerms(BadInput):
    """Terms outside the bounds a schedule can be made for."""

    default_code = "bad_terms"


class BadFlows(BadInput):
    """Cash flows a yearly cost cannot be taken from."""

    default_code = "bad_flows"


class NoRoot(BadFlows):
    """No rate makes the present value of these flows zero."""

    default_code = "no_root"


class ManyRoots(BadFlows):
    """More than one rate makes the present value zero, so none may be shown."""

    default_code = "many_roots"


class UnknownMethod(BadInput):
    """A yearly-cost method that no strategy is registered for."""

    default_code = "unknown_method"


def bounded(name: str, value: int, low: int, high: int) -> None:
    """Refuse what is no int, or beyond its bound, naming it."""
    if type(value) is not int:
        raise BadTerms(f"{name} is a whole number", fields={name: "whole number"})
    if not low <= value <= high:
        raise BadTerms(f"{name} lies between {low} and {high}", fields={name: f"{low}..{high}"})


def bounded_decimal(name: str, value: Decimal, low: int, high: int) -> None:
    """Refuse a decimal that is not finite, beyond its bound, or too fine, naming it."""
    if not value.is_finite() or not low <= value <= high:
        raise BadTerms(f"{name} lies between {low} and {high}", fields={name: f"{low}..{high}"})
    exponent = value.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -DECIMALS_MAX:
        raise BadTerms(f"{name} has at most {DECIMALS_MAX} decimals", fields={name: "decimals"})
