"""What is due is collected under a mandate: in legal hours, never twice, never after its end."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from tongtu.journey.api import (
    DebitWorker,
    Repayment,
    Signature,
    close_days,
    prepare_agreement,
    repay,
    sign_agreement,
)
from tongtu.kernel.errors import NotFound
from tongtu.payments.api import (
    SETTLED,
    PaymentKind,
    RailWorker,
    find_latest,
    list_mandates,
    revoke,
)

from .test_ways_of_money import give_back


def sign(house):
    made = json.loads(house.run(prepare_agreement(house, house.caller, house.offer, house.key())))
    agreement = house.runtime.public.read("agreement", made["agreement"])
    wanted = Signature(agreement, bytes.fromhex(made["sha256"]), is_debit_allowed=True)
    house.run(sign_agreement(house, house.caller, wanted, house.key()))


@pytest.fixture
def indebted(house):
    """A loan with a mandate whose first instalment falls due today, at 09:10 in Shanghai."""
    house.read_costs()
    sign(house)
    house.carry()
    through = house.own_loan()[1]["next_due"]["date"]
    house.due = through
    to_day(house, through)
    return house


def to_day(house, due):
    last = date.fromisoformat(due) - timedelta(days=1)
    house.run(close_days(house, last))


def collect(house):
    """Let the debit worker look once, and the bank answer."""
    worker = DebitWorker(house.runtime, house.pack, lambda: None)
    done = house.run(worker.step())
    rail = RailWorker(house.runtime, house.rail)
    while house.run(rail.step()):
        pass
    while house.run(house.relay.step(SETTLED, "settled")):
        pass
    return done


def debits(house):
    rows = house.fetch("select state, attempts from payments.debit order by nr")
    return [tuple(row) for row in rows]


def collections(house):
    return [wire for wire in house.rail.sent if wire.kind.value == "collection"]


def test_a_due_instalment_is_collected_once_and_names_its_mandate(indebted):
    house = indebted

    done = collect(house)
    again = collect(house)

    assert (done, again) == (1, 0)
    [wire] = collections(house)
    [mandate] = house.run(house.reading(list_mandates, 0, house.caller.subject))
    assert wire.amount_minor == mandate.limit_minor == 1_012_024
    assert wire.mandate == house.runtime.public.show("mandate", mandate.id)
    assert debits(house) == [("paid", 1), ("planned", 0), ("planned", 0)]
    assert house.own_loan()[1]["schedule"][0]["state"] == "paid"


def test_what_the_borrower_paid_by_hand_is_not_collected_and_a_part_only_the_rest(indebted):
    house = indebted
    loan, _ = house.own_loan()
    house.run(repay(house.runtime, house.caller, loan, Repayment(1_000_000), house.key()))
    # While that payment is under way, its part is not asked for a second time.
    assert collect(house) == 1
    assert [wire.amount_minor for wire in collections(house)] == [1_000_000, 12_024]
    assert debits(house)[0] == ("paid", 1)

    to_day(house, house.own_loan()[1]["next_due"]["date"])
    house.run(repay(house.runtime, house.caller, loan, Repayment(1_012_024), house.key()))
    assert collect(house) == 1

    assert len(collections(house)) == 3
    assert debits(house)[1] == ("planned", 0)
    house.runtime.clock.advance(timedelta(minutes=10))
    assert collect(house) == 1
    assert (len(collections(house)), debits(house)[1]) == (3, ("paid", 0))


def test_what_the_mandates_limit_cuts_off_is_collected_in_parts_and_paid_only_when_all_is(indebted):
    house = indebted

    async def limit():
        async with house.runtime.database.transaction() as connection:
            await connection.execute("update payments.mandate set limit_minor = 400000")

    house.run(limit())

    assert collect(house) == 1
    assert debits(house)[0] == ("planned", 0)
    assert house.own_loan()[1]["schedule"][0]["paid_minor"] == 400_000
    house.rail.refuses = True
    assert collect(house) == 1
    assert debits(house)[0] == ("planned", 1)
    house.rail.refuses = False
    house.runtime.clock.advance(timedelta(days=1))
    assert (collect(house), collect(house)) == (1, 1)

    assert [wire.amount_minor for wire in collections(house)] == [
        400_000, 400_000, 400_000, 212_024,
    ]  # fmt: skip
    assert debits(house)[0] == ("paid", 1)
    assert collect(house) == 0
    assert house.own_loan()[1]["schedule"][0]["state"] == "paid"


def test_a_paid_debit_that_the_bank_takes_back_is_tried_again(indebted):
    house = indebted
    loan, _ = house.own_loan()
    collect(house)
    assert debits(house)[0] == ("paid", 1)

    give_back(house, house.run(house.reading(find_latest, 0, loan, PaymentKind.COLLECTION)))

    assert debits(house)[0] == ("planned", 1)
    house.runtime.clock.advance(timedelta(days=1))
    assert collect(house) == 1
    assert debits(house)[0] == ("paid", 2)


def test_outside_the_legal_hours_nobody_is_asked(indebted):
    house = indebted
    # 09:10 in Shanghai + 12:50 = 22:00:00, the first second that is forbidden.
    now = house.runtime.clock.now()
    start = now.replace(hour=13, minute=59, second=59, microsecond=0)
    house.runtime.clock.advance(start - now + timedelta(seconds=1))

    assert (collect(house), collections(house)) == (0, [])
    house.runtime.clock.advance(timedelta(hours=9, minutes=59, seconds=59))
    assert (collect(house), collections(house)) == (0, [])
    house.runtime.clock.advance(timedelta(seconds=1))

    assert collect(house) == 1
    assert len(collections(house)) == 1


def test_a_refused_debit_is_tried_on_three_days_and_then_given_up(indebted):
    house = indebted
    house.rail.refuses = True
    seen = []

    for _ in range(5):
        collect(house)
        collect(house)
        seen.append((len(collections(house)), debits(house)[0]))
        house.runtime.clock.advance(timedelta(days=1))

    assert seen == [
        (1, ("planned", 1)),
        (2, ("planned", 2)),
        (3, ("given_up", 3)),
        (3, ("given_up", 3)),
        (3, ("given_up", 3)),
    ]
    assert house.own_loan()[1]["interest_paid_minor"] == 0


def test_nothing_is_collected_after_a_mandate_is_revoked_and_no_stranger_revokes_it(indebted):
    house = indebted
    [mandate] = house.run(house.reading(list_mandates, 0, house.caller.subject))

    async def end(party):
        async with house.runtime.database.transaction() as connection:
            at = house.runtime.clock.now()
            return await revoke(connection, (0, mandate.id), party, at)

    with pytest.raises(NotFound):
        house.run(end(house.caller.subject + 1))
    assert debits(house) == [("planned", 0)] * 3
    assert house.run(end(house.caller.subject)) == 3
    assert house.run(end(house.caller.subject)) == 0

    assert (collect(house), collections(house)) == (0, [])
    assert debits(house) == [("cancelled", 0)] * 3
    [ended] = house.run(house.reading(list_mandates, 0, house.caller.subject))
    assert ended.revoked_at == house.runtime.clock.now()


def test_a_debit_refused_after_the_mandate_was_revoked_is_not_tried_again(indebted):
    house = indebted
    house.run(DebitWorker(house.runtime, house.pack, lambda: None).step())
    [mandate] = house.run(house.reading(list_mandates, 0, house.caller.subject))

    async def end():
        async with house.runtime.database.transaction() as connection:
            at = house.runtime.clock.now()
            return await revoke(connection, (0, mandate.id), house.caller.subject, at)

    assert house.run(end()) == 2
    house.rail.refuses = True
    collect(house)

    assert debits(house) == [("cancelled", 1), ("cancelled", 0), ("cancelled", 0)]
    assert len(collections(house)) == 1


def test_a_loan_without_a_mandate_has_no_debits(house):
    house.read_costs()
    house.sign()
    house.carry()

    assert house.fetch("select count(*) from payments.debit")[0][0] == 0
    assert house.run(house.reading(list_mandates, 0, house.caller.subject)) == []
