"""Penalties that instalments bear once they are late, laid when a day is closed."""

from __future__ import annotations

from datetime import timedelta

from tongtu.servicing.model.event import LoanEvent
from tongtu.servicing.model.life import Levy, Life
from tongtu.servicing.model.policy import INTEREST, PENALTY, PRINCIPAL
from tongtu.servicing.rules.interest import round_minor


def charge_late(life: Life, event: LoanEvent) -> None:
    """Charge each late instalment once."""
    terms = life.terms.overdue
    if terms is None:
        return
    wait = timedelta(days=terms.wait_days)
    for row in life.rows:
        is_charged = any(levy.seq == 0 for levy in row.levies)
        if not row.is_planned or is_charged or row.due + wait >= event.business_date:
            continue
        if row.open(PRINCIPAL) + row.open(INTEREST) <= 0:
            continue
        base = row.open(PRINCIPAL) + (row.open(INTEREST) if terms.on_interest else 0)
        amount = round_minor(life, terms.rate * base)
        row.levies = (*row.levies, Levy(0, row.due + wait, PENALTY, amount))
        row.owed[PENALTY] += amount
        row.closed_on = None
