"""state = fold(terms, events, as_of): a booked loan on a day, from the one replay. Pure.

Interest is a closed form: within a period it grows by the day, on the due date it is the agreed
figure to the fen. What the books claim is here; how money and changes move it is `signed`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tongtu.servicing.model import (
    Component,
    FrozenTerms,
    InstalmentState,
    LoanEvent,
    LoanState,
    Part,
    RowStatus,
)
from tongtu.servicing.model.life import Life, Portion, Row
from tongtu.servicing.model.policy import FEE, INTEREST, PENALTY, PRINCIPAL
from tongtu.servicing.rules.late import overdue_minor, overdue_rate, rests, run_up
from tongtu.servicing.rules.replay import Step, advance, order_of, steps_of
from tongtu.servicing.rules.signed import (
    ahead_minor,
    born,
    earned_fee,
    earned_interest,
    servicing_terms,
)
from tongtu.servicing.rules.unwinding import as_withdrawn, caps_of, unwound, withdrawal_of


def fold(terms: FrozenTerms, events: Iterable[LoanEvent], as_of: date) -> LoanState:
    """Return the loan after `events`, with interest reckoned to the end of `as_of`.

    Events are taken in the order they count (see `replay`), without what was undone; those after
    `as_of` are applied too: leave them out to see the loan as it was.
    """
    steps = steps_of(events)
    standing = [step.event for step in steps]
    counting = unwound(terms, standing)
    if (withdrawal := withdrawal_of(standing)) is not None:
        counted = (as_withdrawn(one, withdrawal, terms) for one in standing)
        steps = sorted(
            (Step(one) for one in counted if one is not None), key=lambda one: order_of(one.event)
        )
    life = born(servicing_terms(counting, caps_of(standing)), as_of)
    advance(life, steps)
    return _look(life, as_of)


def _look(life: Life, as_of: date) -> LoanState:
    last_on, late_run = life.late_at, life.late_run
    run_up(life, max(as_of, life.late_at))
    rows = tuple(_row(nr, row, as_of) for nr, row in enumerate(life.rows, start=1))
    paid_overdue = life.overdue_paid_minor - life.overdue_let_off_minor
    run = max(overdue_minor(life.seen_late_run) - life.overdue_let_off_minor, paid_overdue)
    is_over = life.settled_on is not None or life.written_off_on is not None
    back = life.put_back
    return LoanState(
        as_of=as_of,
        rows=rows,
        settled_on=life.settled_on,
        charged_off_on=life.charged_off_on,
        written_off_on=life.written_off_on,
        outstanding_minor=life.outstanding_minor,
        earned_interest_minor=sum(earned_interest(row, as_of) for row in life.rows)
        - back[INTEREST],
        paid_interest_minor=sum(row.paid[INTEREST] for row in life.rows) - back[INTEREST],
        earned_overdue_minor=paid_overdue if is_over else run,
        paid_overdue_minor=paid_overdue,
        earned_fee_minor=sum(earned_fee(row, as_of) for row in life.rows)
        - back[PENALTY]
        - back[FEE],
        paid_fee_minor=sum(row.paid[PENALTY] + row.paid[FEE] for row in life.rows)
        - back[PENALTY]
        - back[FEE],
        lost_minor=life.lost,
        recovered_minor=life.recovered,
        late_run=late_run,
        surplus_minor=life.overpaid_minor,
        last_on=last_on,
        parts=_parts(life),
        overdue_rate_bps=overdue_rate(life.terms),
        ahead_minor=0 if is_over else sum(ahead_minor(row, as_of) for row in life.rows),
        rests=rests(life.pauses),
    )


def _row(nr: int, row: Row, as_of: date) -> InstalmentState:
    asked = [row.owed[slot] - row.let_off[slot] for slot in range(4)]
    if row.unpaid_minor == 0:
        status = RowStatus.PAID
    elif row.due < as_of:
        status = RowStatus.OVERDUE
    else:
        status = RowStatus.DUE if row.due == as_of else RowStatus.UPCOMING
    return InstalmentState(
        nr,
        row.start,
        row.due,
        asked[PRINCIPAL],
        asked[INTEREST],
        asked[PENALTY] + asked[FEE],
        row.paid[PRINCIPAL],
        row.paid[INTEREST],
        row.paid[PENALTY] + row.paid[FEE],
        status,
        carried_interest_minor=row.credited[INTEREST],
        carried_fee_minor=row.credited[PENALTY] + row.credited[FEE],
    )


def _parts(life: Life) -> dict[int, tuple[Part, ...]]:
    nrs = {row.due: nr for nr, row in reversed(list(enumerate(life.rows, start=1)))}
    return {
        seq: tuple(_part(portion, nrs) for portion in portions)
        for seq, portions in life.parts.items()
    }


def _part(portion: Portion, nrs: dict[date, int]) -> Part:
    lies_on_row = portion.component is not Component.OVERDUE_INTEREST
    nr = nrs.get(portion.due_date, 0) if lies_on_row else 0
    return Part(nr, portion.component, portion.amount_minor)
