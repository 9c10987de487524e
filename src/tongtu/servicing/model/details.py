"""The stored form of what an event of a booked loan says: plain JSON, told apart by its keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tongtu.servicing.model.event import (
    Charge,
    Component,
    Details,
    Early,
    GivenUp,
    GoodsBack,
    OtherWay,
    OverdueCap,
    Pause,
    ReAge,
    Reschedule,
    Target,
    Withdrawal,
)
from tongtu.terms.api import Every, Unit

JSON = dict[str, Any]


def details_json(details: Details | None) -> JSON | None:
    """Return the stored form."""
    return None if details is None else _WRITE[type(details)](details)


def details_of(stored: JSON | None) -> Details | None:
    """Read what `details_json` wrote."""
    if stored is None:
        return None
    return next(read(stored) for key, read in _READ.items() if key in stored)


def _charge_json(details: Any) -> JSON:
    component, due = details.component.value, _day(details.due_date)
    return {"component": component, "due_date": due, "name": details.name}


def _re_age_json(details: Any) -> JSON:
    every = details.every
    return {
        "start": _day(details.start),
        "count": every.count,
        "unit": every.unit.value,
        "instalments": details.instalments,
        **_rules(details.rules),
    }


def _reschedule_json(details: Any) -> JSON:
    return {
        "from_date": _day(details.from_date),
        "due_date": _day(details.due_date),
        "grace_principal": details.grace_principal,
        "grace_interest": details.grace_interest,
        "extra_terms": details.extra_terms,
        "rate_bps": None if details.rate_bps is None else str(details.rate_bps),
        **_rules(details.rules),
    }


def _re_age_of(stored: JSON) -> Details:
    every = Every(stored["count"], Unit(stored["unit"]))
    start, rules = date.fromisoformat(stored["start"]), stored.get("rules", 1)
    return ReAge(start, every, stored["instalments"], rules)


def _reschedule_of(stored: JSON) -> Details:
    rate = stored["rate_bps"]
    return Reschedule(
        date.fromisoformat(stored["from_date"]),
        _read_day(stored["due_date"]),
        stored["grace_principal"],
        stored["grace_interest"],
        stored["extra_terms"],
        None if rate is None else Decimal(rate),
        stored.get("rules", 1),
    )


def _rules(rules: int) -> JSON:
    """Return the rules of a change; the first ones are written as before there were others."""
    return {} if rules == 1 else {"rules": rules}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _read_day(stored: str | None) -> date | None:
    return None if stored is None else date.fromisoformat(stored)


_WRITE: Mapping[type, Callable[[Any], JSON]] = {
    Charge: _charge_json,
    Target: lambda details: {"seq": details.seq},
    Early: lambda details: {"is_shortened": details.is_shortened},
    GivenUp: lambda details: {"is_ahead_freed": details.is_ahead_freed},
    GoodsBack: lambda details: {"is_whole": details.is_whole},
    Withdrawal: lambda details: {
        "is_interest_owed": details.is_interest_owed,
        "repay_by": _day(details.repay_by),
    },
    OtherWay: lambda details: {"how": details.how},
    OverdueCap: lambda details: {
        "overdue_rate_bps": details.rate_bps,
        "since": _day(details.since),
    },
    Pause: lambda details: {"start": _day(details.start), "end": _day(details.end)},
    ReAge: _re_age_json,
    Reschedule: _reschedule_json,
}
# By a key that no other form has; the order matters to none.
_READ: Mapping[str, Callable[[JSON], Details]] = {
    "component": lambda stored: Charge(
        Component(stored["component"]), _read_day(stored["due_date"]), stored["name"]
    ),
    "is_shortened": lambda stored: Early(stored["is_shortened"]),
    "overdue_rate_bps": lambda stored: OverdueCap(
        stored["overdue_rate_bps"], _read_day(stored.get("since"))
    ),
    "how": lambda stored: OtherWay(stored["how"]),
    "is_ahead_freed": lambda stored: GivenUp(stored["is_ahead_freed"]),
    "is_whole": lambda stored: GoodsBack(stored["is_whole"]),
    "is_interest_owed": lambda stored: Withdrawal(
        stored["is_interest_owed"], _read_day(stored.get("repay_by"))
    ),
    "instalments": _re_age_of,
    "end": lambda stored: Pause(
        date.fromisoformat(stored["start"]), date.fromisoformat(stored["end"])
    ),
    "from_date": _reschedule_of,
    "seq": lambda stored: Target(stored["seq"]),
}
