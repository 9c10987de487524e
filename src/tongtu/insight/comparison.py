"""What decisions say of the models that scored them: shares, agreement, later outcomes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tongtu.origination.api import Judged, Outcome
from tongtu.risk.api import Side, measure

PPM = 1_000_000
# Of fewer outcomes of either kind no figure of separation is told.
OUTCOMES_MIN = 20


def compare(decisions: Sequence[Judged], is_late: Mapping[int, bool]) -> dict[str, Any]:
    """Return champion and challenger side by side over the decisions both scored.

    `is_late` knows the applications that became loans. Refused ones have no outcome, so what is
    measured of outcomes holds for the accepted only, and the report says so.
    """
    both = [one for one in decisions if one.decided.challenger is not None]
    found: dict[str, Any] = {"decisions": len(both), "outcomes_of": "loans only"}
    if not both:
        return found
    said = [(one, one.decided.challenger) for one in both if one.decided.challenger is not None]
    found["challenger"] = both[0].challenger
    found["mean_pd"] = {
        "champion": round(sum(one.decided.pd_ppm for one in both) / len(both) / PPM, 6),
        "challenger": round(sum(other.pd_ppm for _, other in said) / len(both) / PPM, 6),
    }
    found["same_band"] = sum(one.decided.band == other.band for one, other in said)
    found["lines"] = _lines(said, is_late)
    aged = [(one, other, is_late[one.application]) for one, other in said
            if one.application in is_late]  # fmt: skip
    found["loans"] = len(aged)
    found["champion"] = _worth([(one.decided.pd_ppm, late) for one, _, late in aged])
    found["beside"] = _worth([(other.pd_ppm, late) for _, other, late in aged])
    return found


def vintages(decisions: Sequence[Judged], is_late: Mapping[int, bool]) -> list[dict[str, Any]]:
    """Return by month of application what was foretold of its loans and what came so far.

    A young month has had less time to be late: months of unlike age are not held side by side.
    """
    months: dict[str, list[Judged]] = {}
    for one in decisions:
        if one.application in is_late and not one.rules_only:
            months.setdefault(f"{one.business_date:%Y-%m}", []).append(one)
    return [
        {
            "month": month,
            "loans": len(loans),
            "foretold": round(sum(one.decided.pd_ppm for one in loans) / len(loans) / PPM, 6),
            "late_so_far": round(sum(is_late[one.application] for one in loans) / len(loans), 6),
        }
        for month, loans in sorted(months.items())
    ]


def _lines(said: Sequence[tuple[Judged, Any]], is_late: Mapping[int, bool]) -> dict[str, Any]:
    """Return what the challenger's two lines would have decided by themselves, and how well."""
    sides = Counter(other.side for _, other in said)
    approved = [is_late[one.application] for one, other in said
                if other.side == Side.APPROVE and one.application in is_late]  # fmt: skip
    machine = Counter((other.side, one.decided.outcome.value) for one, other in said)
    return {
        "share": {side.value: round(sides[side.value] / len(said), 6) for side in Side},
        "approved_loans": len(approved),
        "approved_not_late": sum(not late for late in approved),
        "approve_but_declined": machine[Side.APPROVE.value, Outcome.DECLINED.value],
        "decline_but_offered": machine[Side.DECLINE.value, Outcome.OFFERS.value],
    }


def _worth(rows: Sequence[tuple[int, bool]]) -> dict[str, float] | None:
    late = sum(is_late for _, is_late in rows)
    if min(late, len(rows) - late) < OUTCOMES_MIN:
        return None
    pd = np.array([pd_ppm for pd_ppm, _ in rows]) / PPM
    return measure(pd, np.array([is_late for _, is_late in rows], np.bool_)).rounded()
