from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from tongtu.policy.api import Pack
from tongtu.servicing.flow.standards import standards_of
from tongtu.servicing.model import EventKind, LoanEvent
from tongtu.servicing.rules.chunk import Chunk, Fresh, Own, close_chunk, take_in
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.snapshot import Column, pack

OPENED = date(2026, 11, 24)
STANDARDS = standards_of(Pack.load("cn/2026.08"), OPENED)
ONE_DAY = timedelta(days=1)


def fresh(loans, books, before):
    """Read these loans anew: {loan: (terms, events)}."""
    states = {loan: fold(terms, events, before) for loan, (terms, events) in loans.items()}
    last = {
        loan: max((event.value_date for event in events), default=OPENED)
        for loan, (_, events) in loans.items()
    }
    return Fresh(
        loans=list(loans),
        pairs=[books[loan] for loan in loans],
        snapshots=[
            pack(fold(terms, events, last[loan])) for loan, (terms, events) in loans.items()
        ],
        is_live=[
            fold(terms, events, last[loan]).settled_on is None
            for loan, (terms, events) in loans.items()
        ],
        seq=[len(events) + 1 for _, events in loans.values()],
        marked_on=[before.toordinal()] * len(loans),
        marked_interest=[states[loan].interest_minor for loan in loans],
        marked_fee=[states[loan].fee_minor for loan in loans],
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_chunk_that_takes_in_day_after_day_what_changed_is_the_fold_of_every_loan(make, seed):
    dice = random.Random(seed)
    chunk, loans, day = Chunk(), {}, OPENED
    ids = dice.sample(range(1, 10_000), 14)
    books = {loan: (dice.choice([1, 2]), dice.choice(["a", "b"])) for loan in ids}
    for loan in ids:
        terms = make(dice.randrange(90_000, 900_000), 1480, dice.choice([1, 3]), 300, late=2220)
        loans[loan] = (terms, [])
    changed = set(ids[:9])
    for _ in range(130):
        before, day = day, day + ONE_DAY
        if dice.random() < 0.1:
            changed |= set(dice.sample(ids, 3))
        for loan in dice.sample(ids, 1):
            terms, events = loans[loan]
            limit = fold(terms, events, day).limit_minor
            if limit > 0 and dice.random() < 0.5:
                amount = dice.choice([limit, 1 + limit // 3, 1])
                events.append(
                    LoanEvent(len(events) + 2, EventKind.REPAID, day, day, amount, len(events))
                )
                changed.add(loan)
        known = set(chunk.columns[Own.LOAN].tolist())
        wanted = sorted(changed | set(chunk.ended(day.toordinal()).tolist()))
        take_in(
            chunk, fresh({loan: loans[loan] for loan in wanted}, books, before), before.toordinal()
        )
        closed = close_chunk(chunk, day.toordinal(), STANDARDS, {}, ())
        live = {loan for loan in known | set(wanted) if fold(*loans[loan], day).settled_on is None}
        columns = chunk.columns
        states = [fold(*loans[loan], day) for loan in columns[Own.LOAN].tolist()]
        assert sorted(columns[Own.LOAN].tolist()) == sorted(live)
        assert columns[Column.PRINCIPAL].tolist() == [one.outstanding_minor for one in states]
        assert columns[Own.INTEREST].tolist() == [one.interest_minor for one in states]
        assert columns[Own.FEE].tolist() == [one.fee_minor for one in states]
        assert closed.dpd.tolist() == [one.dpd for one in states]
        # One run a book, whoever is late; in it loans are in order, so that each is found by halves.
        _, _, owners = chunk.runs()
        assert len(set(owners.tolist())) == len(owners)
        places = list(zip(columns[Own.BOOK].tolist(), columns[Own.LOAN].tolist(), strict=True))
        assert places == sorted(places)
        assert columns.flags.c_contiguous
        for pair, (count, principal, *_) in closed.sums.items():
            of_pair = [loan for loan in live if books[loan] == pair]
            assert count == len(of_pair)
            assert principal == sum(fold(*loans[n], day).outstanding_minor for n in of_pair)
        changed = set()
