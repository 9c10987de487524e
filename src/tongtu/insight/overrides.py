"""What persons decided beside the machine: how often otherwise, why, who, what came of it. Pure.

A refused case has no outcome; what came of approvals is told by the month they were given in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tongtu.origination.api import Desk, RulingRow, Said
from tongtu.risk.api import Level, Reading

KIND = "override_rate"


def tell_overrides(
    rulings: Sequence[RulingRow], is_late: Mapping[int, bool], name_of: Callable[[int], str]
) -> dict[str, Any]:
    """Return counts, rates, grounds, members of staff and outcomes by month of these rulings."""
    against = [one for one in rulings if one.is_override]
    return {
        "rulings": len(rulings),
        "overrides": len(against),
        "rate": _rate(len(against), len(rulings)),
        "said": [
            [machine, lines, said, n]
            for (machine, lines, said), n in sorted(
                Counter(
                    (one.machine_said.value, one.lines_said, one.said.value) for one in rulings
                ).items()
            )
        ],
        "codes": dict(Counter(code for one in against for code in one.codes).most_common()),
        "staff": _by_staff(rulings, name_of),
        "vintages": _by_month(rulings, is_late),
    }


def override_reading(told: Mapping[str, Any], desk: Desk) -> Reading:
    """Return the share of overrides beside the desk's line; of few rulings nothing is said."""
    if told["rulings"] < desk.override_alarm_from:
        level = Level.FEW
    elif desk.is_alarming(told["rulings"], told["overrides"]):
        level = Level.ALARM
    else:
        level = Level.QUIET
    line = desk.override_alarm_ppm / 1_000_000
    return Reading(KIND, "desk", "", told["rate"] or 0.0, line, level)


def _by_staff(rulings: Sequence[RulingRow], name_of: Callable[[int], str]) -> list[dict[str, Any]]:
    all_of = Counter(one.staff for one in rulings)
    against = Counter(one.staff for one in rulings if one.is_override)
    return [
        {
            "staff": name_of(staff),
            "rulings": n,
            "overrides": against[staff],
            "rate": _rate(against[staff], n),
        }
        for staff, n in all_of.most_common()
    ]


def _by_month(rulings: Sequence[RulingRow], is_late: Mapping[int, bool]) -> list[dict[str, Any]]:
    """Return by month of approval the loans and the late ones so far, overrides apart."""
    months: dict[tuple[str, bool], list[bool]] = {}
    for one in rulings:
        if one.said is Said.APPROVE and one.application in is_late:
            month = f"{one.business_date:%Y-%m}"
            months.setdefault((month, one.is_override), []).append(is_late[one.application])
    return [
        {"month": month, "is_override": is_override, "loans": len(late), "late_so_far": sum(late)}
        for (month, is_override), late in sorted(months.items())
    ]


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
