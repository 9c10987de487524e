"""Yearly cost of any cash flow, by a named convention. A policy pack names the method.

Decimals come in and go out; floats live only inside the solver. Flows with no rate, or with more
than one, are refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tongtu.terms.model.fault import BadFlows, ManyRoots, NoRoot, UnknownMethod
from tongtu.terms.model.flow import Flow
from tongtu.terms.rules.moments import (
    Times,
    by_period,
    in_unit_periods,
    in_years,
    in_years_of_the_union,
)

FLOWS_MAX = 1_000
# Rates per unit of time between -99 % and 1,000,000 % are looked at; beyond it nobody lends.
_LOG_LOW, _LOG_HIGH = -4.6, 9.2
# exp() leaves the floats beyond this exponent.
_EXPONENT_MAX = 600.0
_LOOKS = 4_001
_HALVINGS = 120
_Floats = NDArray[np.float64]


def yearly_cost(flows: Sequence[Flow], method: str) -> Decimal:
    """Return the yearly cost in percent, to ten decimals.

    Raises:
        UnknownMethod: no strategy of this name.
        NoRoot: no rate makes the flows' present value zero.
        ManyRoots: more than one does.
        BadFlows: the flows are not at whole periods, or not at dates, as the method needs.
    """
    strategy = METHODS.get(method)
    if strategy is None:
        raise UnknownMethod(f"no yearly-cost method {method!r}; known: {', '.join(METHODS)}")
    if not 2 <= len(flows) <= FLOWS_MAX:
        raise BadFlows(f"a cash flow has 2 to {FLOWS_MAX} amounts")
    return Decimal(repr(strategy(flows) * 100)).quantize(Decimal("1e-10"))


def _periodic(flows: Sequence[Flow]) -> float:
    return _root(by_period(flows), flows)


def _twelve_times(flows: Sequence[Flow]) -> float:
    return 12.0 * _periodic(flows)


def _compounded(flows: Sequence[Flow]) -> float:
    return float(np.expm1(12.0 * np.log1p(_periodic(flows))))


def _effective(year_days: Fraction) -> Callable[[Sequence[Flow]], float]:
    return lambda flows: _root(in_years(flows, year_days), flows)


def _of_the_union(flows: Sequence[Flow]) -> float:
    return _root(in_years_of_the_union(flows), flows)


def _actuarial(flows: Sequence[Flow]) -> float:
    """Return the rate of a unit period times the unit periods of a year: nominal, by law."""
    times, per_year = in_unit_periods(flows)
    return _root(times, flows) * float(per_year)


# A strategy returns a yearly rate as a fraction of one (`irr_periodic`: the rate of a period).
METHODS: dict[str, Callable[[Sequence[Flow]], float]] = {
    "irr_periodic": _periodic,
    "irr_monthly_x12": _twelve_times,
    "irr_compound": _compounded,
    "xirr_act365": _effective(Fraction(365)),
    "uk.365_25": _effective(Fraction(1461, 4)),
    "eu.aprc": _of_the_union,
    "us.regz_actuarial": _actuarial,
}


def _root(times: Times, flows: Sequence[Flow]) -> float:
    """Return the only rate per unit of time at which the present value is zero."""
    worth: dict[tuple[Fraction, Fraction], float] = {}
    for time, flow in zip(times, flows, strict=True):
        worth[time] = worth.get(time, 0.0) + float(flow.amount)
    first = min(units for units, _ in worth)
    order = sorted(worth, key=sum)
    units = np.array([float(whole - first) for whole, _ in order])
    parts = np.array([float(part) for _, part in order])
    amounts = np.array([worth[time] for time in order])
    if not np.isfinite(amounts).all():
        raise BadFlows("an amount is a finite number")
    changes = _sign_changes(amounts)
    if changes == 0:
        raise NoRoot("a cash flow needs amounts both ways")
    amounts = amounts / np.abs(amounts).max()
    low = max(_LOG_LOW, -_EXPONENT_MAX / max(float(units.max()), 1.0))

    def present_value(log_rate: float) -> float:
        simple = 1.0 + parts * np.expm1(log_rate)
        return float(amounts @ (np.exp(-log_rate * units) / simple))

    # One change of sign has one root (Descartes); with more, the whole range is looked through.
    looks = np.linspace(low, _LOG_HIGH, 2 if changes == 1 else _LOOKS)
    return float(np.expm1(_only_zero(present_value, looks.tolist())))


def _only_zero(value: Callable[[float], float], looks: Sequence[float]) -> float:
    signs = np.sign([value(at) for at in looks])
    zeros = np.flatnonzero(signs == 0).tolist()
    crossings = np.flatnonzero(signs[:-1] * signs[1:] < 0).tolist()
    if len(crossings) + len(zeros) == 0:
        raise NoRoot("no yearly rate makes these flows worth zero")
    if len(crossings) + len(zeros) > 1:
        raise ManyRoots("more than one yearly rate makes these flows worth zero")
    if zeros:
        return looks[zeros[0]]
    return _halve(value, looks[crossings[0]], looks[crossings[0] + 1])


def _sign_changes(amounts: _Floats) -> int:
    signs = np.sign(amounts[amounts != 0])
    return int((signs[1:] != signs[:-1]).sum())


def _halve(value: Callable[[float], float], low: float, high: float) -> float:
    rises = value(low) < 0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (value(middle) < 0) == rises:
            low = middle
        else:
            high = middle
    return (low + high) / 2
