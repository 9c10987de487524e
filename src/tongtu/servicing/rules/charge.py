"""Charges: which instalment bears a fee or penalty, and what of it is let off."""

from __future__ import annotations

from datetime import date

from tongtu.servicing.model.event import Charge, LoanEvent
from tongtu.servicing.model.life import Levy, Life, Row
from tongtu.servicing.model.policy import COMPONENTS
from tongtu.servicing.rules.rows import additional_row, row_of


def add_charge(life: Life, event: LoanEvent, charge: Charge) -> None:
    """Put a charge on the instalment its date falls in, or on every one when it names no date."""
    slot = COMPONENTS.index(charge.component)
    if charge.due_date is not None:
        levy(life, event.seq, charge.due_date, slot, event.amount_minor)
        return
    for row in [row for row in life.rows if row.is_planned]:
        _lay(row, Levy(event.seq, row.due, slot, event.amount_minor))


def levy(life: Life, seq: int, due_date: date, slot: int, amount_minor: int) -> None:
    """Put a charge that falls due on a date on its row; after the last row there is one more."""
    row = row_of(life, due_date)
    if row is None:
        row = additional_row(life, due_date)
    _lay(row, Levy(seq, due_date, slot, amount_minor))


def relay(life: Life) -> None:
    """Put unpaid charges where their date falls now that due dates have moved."""
    for row in list(life.rows):
        if not row.is_planned:
            continue
        for one in row.levies:
            target = row_of(life, one.due_date)
            if target is None or target is row or row.paid[one.slot] or row.let_off[one.slot]:
                continue
            row.levies = tuple(levy for levy in row.levies if levy is not one)
            row.owed[one.slot] -= one.amount_minor
            _lay(target, one)


def waive(life: Life, seq: int, on: date) -> int:
    """Let off what is unpaid of a charge; return the amount."""
    total = 0
    for row in life.rows:
        for one in row.levies:
            if one.seq == seq:
                amount = min(one.amount_minor, row.open(one.slot))
                let_off(row, one.slot, amount, on)
                total += amount
    life.let_off_minor += total
    return total


def let_off(row: Row, slot: int, amount: int, on: date) -> None:
    """Ask no more for an amount of a row."""
    row.let_off[slot] += amount
    if amount and row.unpaid_minor == 0:
        row.closed_on = on


def _lay(row: Row, one: Levy) -> None:
    row.levies = (*row.levies, one)
    row.owed[one.slot] += one.amount_minor
    row.closed_on = None
