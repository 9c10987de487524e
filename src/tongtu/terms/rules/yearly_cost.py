"""Yearly cost of any cash flow, by a named convention. A policy pack names the method.

Decimals come in and go out; floats live only inside the solver. Flows with no rate, or with more
than one, are refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from tongtu.terms.model.fault import BadFlows, ManyRoots, NoRoot, UnknownMethod
from tongtu.terms.model.schedule import Flow

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


def periodic_rate(flows: Sequence[Flow]) -> float:
    """Return the internal rate per period of flows at whole period numbers."""
    periods = [flow.at for flow in flows]
    if not all(type(at) is int for at in periods):
        raise BadFlows("this method takes flows at whole period numbers")
    return _root(np.array(periods, np.float64), flows)


def dated_rate(flows: Sequence[Flow]) -> float:
    """Return the effective yearly rate of dated flows, a year being 365 days."""
    days = [flow.at.toordinal() for flow in flows if isinstance(flow.at, date)]
    if len(days) != len(flows):
        raise BadFlows("this method takes flows at dates")
    return _root(np.array(days, np.float64) / 365.0, flows)


def _twelve_times(flows: Sequence[Flow]) -> float:
    return 12.0 * periodic_rate(flows)


def _compounded(flows: Sequence[Flow]) -> float:
    return float(np.expm1(12.0 * np.log1p(periodic_rate(flows))))


# A strategy returns a yearly rate as a fraction of one. Other countries' methods join here.
METHODS: dict[str, Callable[[Sequence[Flow]], float]] = {
    "irr_monthly_x12": _twelve_times,
    "irr_compound": _compounded,
    "xirr_act365": dated_rate,
}


def _root(times: _Floats, flows: Sequence[Flow]) -> float:
    """Return the only rate per unit of time at which the present value is zero."""
    amounts = np.array([float(flow.amount) for flow in flows], np.float64)
    if not np.isfinite(amounts).all():
        raise BadFlows("an amount is a finite number")
    times, place = np.unique(times - times.min(), return_inverse=True)
    amounts = np.bincount(place, weights=amounts).astype(np.float64)
    changes = _sign_changes(amounts)
    if changes == 0:
        raise NoRoot("a cash flow needs amounts both ways")
    amounts = amounts / np.abs(amounts).max()
    low = max(_LOG_LOW, -_EXPONENT_MAX / max(float(times.max()), 1.0))
    # One change of sign has one root (Descartes); with more, the whole range is looked through.
    looks = np.linspace(low, _LOG_HIGH, 2 if changes == 1 else _LOOKS)
    signs = np.sign([_present_value(at, times, amounts) for at in looks.tolist()])
    zeros = np.flatnonzero(signs == 0).tolist()
    crossings = np.flatnonzero(signs[:-1] * signs[1:] < 0).tolist()
    if len(crossings) + len(zeros) == 0:
        raise NoRoot("no yearly rate makes these flows worth zero")
    if len(crossings) + len(zeros) > 1:
        raise ManyRoots("more than one yearly rate makes these flows worth zero")
    if zeros:
        return float(np.expm1(looks[zeros[0]]))
    first = crossings[0]
    return _halve(float(looks[first]), float(looks[first + 1]), times, amounts)


def _sign_changes(amounts: _Floats) -> int:
    signs = np.sign(amounts[amounts != 0])
    return int((signs[1:] != signs[:-1]).sum())


def _halve(low: float, high: float, times: _Floats, amounts: _Floats) -> float:
    rises = _present_value(low, times, amounts) < 0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (_present_value(middle, times, amounts) < 0) == rises:
            low = middle
        else:
            high = middle
    return float(np.expm1((low + high) / 2))


def _present_value(log_rate: float, times: _Floats, amounts: _Floats) -> float:
    return float(amounts @ np.exp(-log_rate * times))
