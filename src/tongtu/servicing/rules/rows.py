"""Finds and adds rows of a life; keeps them in order of due date."""

from __future__ import annotations

from datetime import date

from tongtu.servicing.model.life import Life, Row


def row_of(life: Life, on: date) -> Row | None:
    """Return the planned row a date falls in: after its start, up to its due date.

    Dates before the first row fall in the first. None is after the last.
    """
    for row in life.rows:
        if row.is_planned and on <= row.due:
            return row
    return None


def row_holding(life: Life, on: date) -> Row | None:
    """Return the planned row whose due date is the first after a date."""
    for row in life.rows:
        if row.is_planned and on < row.due:
            return row
    return None


def additional_row(life: Life, on: date) -> Row:
    """Return the row after the last of the plan, moved out to a date if it lies before."""
    for row in life.rows:
        if row.is_additional:
            if row.due < on:
                row.due = on
                row.closed_on = None
                life.rows.sort(key=_order)
            return row
    start = max((row.due for row in life.rows), default=on)
    row = Row(start, max(on, start), is_additional=True)
    life.rows.append(row)
    return row


def insert_row(life: Life, row: Row) -> None:
    """Add a row behind those due on or before its day."""
    at = sum(other.due <= row.due and not other.is_additional for other in life.rows)
    life.rows.insert(at, row)


def mend_starts(life: Life) -> None:
    """Sort the rows and let each begin where the one before it ends, unless it begins anew."""
    life.rows.sort(key=_order)
    before = life.seed
    for row in life.rows:
        lies_between = row.is_down_payment or row.is_at_once
        if not row.is_begun_anew:
            row.start = row.due if lies_between or before is None else before
        before = before if lies_between else row.due


def _order(row: Row) -> tuple[date, bool, bool]:
    return row.due, row.is_additional, row.is_down_payment
