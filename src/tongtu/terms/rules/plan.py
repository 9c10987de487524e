"""The plan of a loan: instalments for what was paid out, set anew when more is paid out.

A later disbursement leaves the instalments before it alone. The last instalment takes the rest; if
the terms say so, a rest that stands out is then spread over all (`LastRule.EVENED_OUT`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tongtu.terms.model.fault import BadTerms
from tongtu.terms.model.loan_terms import LoanTerms
from tongtu.terms.model.schedule import Disbursement
from tongtu.terms.rules.calendar import periods
from tongtu.terms.rules.instalment import set_instalments
from tongtu.terms.rules.walk import Plan, Row


def plan_rows(terms: LoanTerms, disbursements: Sequence[Disbursement]) -> list[Row]:
    """Return the rows for what is paid out, net of down payments.

    Raises:
        BadTerms: a disbursement before the first period or after the last due date.
    """
    plan, rows = Plan.of(terms, periods(terms)), []
    for one in sorted(disbursements, key=lambda one: one.date):
        moved = one if terms.accrual.is_pro_rata else _to_period_start(plan, one)
        held = _holder(plan, moved)
        plan.paid_out[held].append(moved)
        is_at_due = moved.date == plan.periods[held].due and held + 1 < len(plan.periods)
        rows = set_instalments(plan, held + is_at_due)
    return rows


def _to_period_start(plan: Plan, one: Disbursement) -> Disbursement:
    running = (period.start for period in plan.periods if period.due > one.date)
    return replace(one, date=next(running, one.date))


def _holder(plan: Plan, one: Disbursement) -> int:
    """Return the period in which the day lies; a due date belongs to the period it ends."""
    if one.date >= plan.terms.start:
        for index, period in enumerate(plan.periods):
            if one.date <= period.due:
                return index
    raise BadTerms("a disbursement lies between the start and the last due date")
