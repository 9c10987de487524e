from __future__ import annotations

import asyncio
import json
import random
from datetime import date, timedelta

import asyncpg
import pytest

from tongtu.evidence.api import commitment
from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import BadInput, Broken, NotFound, Refused
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    Transfer,
    balances_equal_replay,
    close_period,
    post,
)
from tongtu.runtime.api import business_date
from tongtu.servicing.api import (
    Days,
    InvariantBroken,
    Money,
    check_repayment,
    close_cell,
    find_loan,
    find_row,
    hold_row,
    list_loans,
    portfolio,
    record_repayment,
    statement,
)

OPENED = date(2026, 11, 24)


def _balance(house, kind, owner=1, product="consumer_cash"):
    product = product if kind in {AccountKind.LOAN_PRINCIPAL, AccountKind.LOAN_INTEREST,
                                  AccountKind.LOAN_FEE} else None  # fmt: skip
    wanted = Account(0, kind, owner, product).id
    (row,) = house.fetch("select balance_minor from ledger.account where id = $1", wanted)
    return row["balance_minor"]


def _is_whole(house):
    async def read():
        async with house.runtime.database.reading() as connection:
            return await balances_equal_replay(connection)

    found = house.run(read())
    return found.differences == 0 and found.sum_minor == 0


def test_a_loan_opens_is_repaid_in_full_as_agreed_and_leaves_the_controls_at_zero(house):
    new = house.lend(tenor=3, fee=500)
    assert _balance(house, AccountKind.LOAN_PRINCIPAL) == 3_000_000
    assert _balance(house, AccountKind.BORROWER_CASH, house.party) == 3_000_000

    for row in new.terms.rows:
        house.close((row.due_date - house.today()).days)
        done = house.repay(new.id, row.principal_minor + row.interest_minor + row.fee_minor)

    assert done.is_settled
    interest = sum(row.interest_minor for row in new.terms.rows)
    assert interest == 36_072
    for kind in (AccountKind.LOAN_PRINCIPAL, AccountKind.LOAN_INTEREST, AccountKind.LOAN_FEE):
        assert _balance(house, kind) == 0
    assert _balance(house, AccountKind.LENDER_CLAIMS) == 0
    assert _balance(house, AccountKind.LENDER_FUNDS) == 10**14 + 36_072 + 1_500
    assert _is_whole(house)


def test_a_day_end_posts_what_accrued_once_and_proves_the_invariant(house):
    house.lend()
    assert house.close().accrued_minor == 0
    closed = house.close()

    assert (closed.loans, closed.accrued_minor) == (1, 600)
    assert _balance(house, AccountKind.LOAN_INTEREST) == 600
    (line,) = closed.lines
    assert (line.principal_minor, line.interest_minor, line.fee_minor) == (3_000_000, 600, 0)

    assert house.run(close_cell(house.runtime, 0, closed.day, house.standards)) == closed
    assert _balance(house, AccountKind.LOAN_INTEREST) == 600


def test_a_day_that_does_not_agree_with_the_ledger_stays_open_and_names_the_break(house):
    house.lend()
    house.close()
    claims = Account(0, AccountKind.LENDER_CLAIMS, 1).id
    interest = Account(0, AccountKind.LOAN_INTEREST, 1, "consumer_cash").id

    async def spoil():
        async with house.runtime.database.transaction() as connection:
            wrong = Transfer(house.new(), claims, interest, 7, Code.ACCRUAL_INTEREST)
            await post(connection, 0, [wrong], house_today, house.runtime.clock.now())

    house_today = house.today()
    house.run(spoil())
    closed = house.fetch("select * from servicing.day_end where step = 'closed'")

    with pytest.raises(InvariantBroken, match=r"lender 1, consumer_cash, loan_interest: .* 600"):
        house.close()

    assert house.fetch("select * from servicing.day_end where step = 'closed'") == closed
    assert _balance(house, AccountKind.LOAN_INTEREST) == 7
    assert house.today() == house_today


def test_the_same_payment_is_entered_once(house):
    new = house.lend()
    payment = house.new()

    first = house.repay(new.id, 100_000, payment=payment)
    again = house.repay(new.id, 100_000, payment=payment)

    assert (first.is_new, again.is_new) == (True, False)
    assert len(house.fetch("select from servicing.loan_event")) == 2
    assert _balance(house, AccountKind.BORROWER_CASH, house.party) == 2_900_000


def test_what_is_paid_beyond_the_debt_waits_in_suspense_and_is_told_as_owed_back(house):
    new = house.lend(tenor=1)
    house.lend()
    house.close(10)
    funds = _balance(house, AccountKind.LENDER_FUNDS)

    # 10 of 30 days' interest of 18,000 were earned: the whole instalment is more than the debt.
    first = house.repay(new.id, 3_018_700)
    house.close(2)
    late = house.repay(new.id, 300, value_date=OPENED)

    assert (first.is_settled, late.is_settled, late.is_new) == (True, True, True)
    assert _balance(house, AccountKind.SUSPENSE, owner=0) == 13_000
    assert _balance(house, AccountKind.LENDER_FUNDS) == funds + 3_006_000
    shown = house.run(_look(house, new.id))
    assert (shown["state"], shown["outstanding_minor"], shown["owed_back_minor"]) == (
        "settled",
        0,
        13_000,
    )
    assert [event["parts"][-1] for event in shown["events"][1:]] == [
        {"nr": 0, "component": "surplus", "amount_minor": 12_700},
        {"nr": 0, "component": "surplus", "amount_minor": 300},
    ]
    told = house.fetch(
        "select payload from runtime.outbox where topic = 'servicing.surplus_received' order by id"
    )
    assert [json.loads(row["payload"])["amount_minor"] for row in told] == [12_700, 300]
    assert house.fetch("select sum(repaid_minor)::int8 from servicing.loan")[0][0] == 3_006_000
    house.close()
    assert _is_whole(house)


def test_what_is_known_late_of_a_period_that_was_closed_names_the_period_it_corrects(house):
    new, other = house.lend(), house.lend()
    house.close(3)
    closed_on = OPENED + timedelta(days=2)
    assert house.run(close_period(house.runtime, closed_on, 7))
    # Known late, and of a day that is still open: an ordinary entry.
    house.close()
    house.repay(other.id, 5_000, value_date=OPENED + timedelta(days=3))
    named = "select count(*) from ledger.transfer where adjusts is not null"
    assert house.fetch(named)[0][0] == 0

    house.repay(new.id, 10_000, value_date=OPENED + timedelta(days=1))

    rows = house.fetch(
        "select business_date, adjusts, sum(amount_minor)::int8, bool_and(subject = $1)"
        " from ledger.transfer where adjusts is not null group by 1, 2", new.id
    )  # fmt: skip
    entered = [tuple(row) for row in rows]
    assert [(day, closed, own) for day, closed, _, own in entered] == [
        (OPENED + timedelta(days=4), closed_on, True)
    ]
    last = house.fetch("select max(link) from ledger.transfer where adjusts is not null")[0][0]
    group = house.fetch(
        "select count(*), count(adjusts) from ledger.transfer where link = $1", last
    )
    assert group[0][0] == group[0][1]
    house.close()
    assert _is_whole(house)


def test_no_loan_opens_on_terms_of_another_day_than_its_money(house):
    with pytest.raises(Broken, match="another day"):
        house.lend(paid_on=OPENED + timedelta(days=1))

    assert house.fetch("select count(*) from servicing.loan")[0][0] == 0
    assert _balance(house, AccountKind.CLEARING_PAYOUT, owner=0) == 0


def test_what_may_be_repaid_today_leaves_out_what_is_already_being_collected(house):
    new = house.lend()
    staff = Caller(Role.OPERATOR, 1, 0, 0)

    async def check(amount, pending):
        async with house.runtime.database.transaction() as connection:
            row = await hold_row(connection, 0, staff, new.id)
            return await check_repayment(connection, row, amount, pending)

    assert house.run(check(3_000_000, 0)) == OPENED
    for amount, pending in ((3_000_001, 0), (3_000_000, 1)):
        with pytest.raises(Refused) as refusal:
            house.run(check(amount, pending))
        assert refusal.value.code == "more_than_owed"
        assert refusal.value.fields == {"amount_minor": str(3_000_000 - pending)}


def test_nothing_more_is_collected_beside_a_payment_that_settles_the_loan(house):
    new = house.lend(tenor=1)
    house.close(10)
    staff = Caller(Role.OPERATOR, 1, 0, 0)

    async def check(amount, pending):
        async with house.runtime.database.transaction() as connection:
            row = await hold_row(connection, 0, staff, new.id)
            return await check_repayment(connection, row, amount, pending)

    shown = house.run(_look(house, new.id))
    payoff = shown["payoff_minor"]
    assert (payoff, shown["limit_minor"]) == (3_006_000, 3_018_000)
    with pytest.raises(Refused) as refusal:
        house.run(check(1, payoff))
    assert (refusal.value.code, refusal.value.fields) == ("more_than_owed", {"amount_minor": "0"})
    assert house.run(check(1, payoff - 1)) == house.today()


def test_a_payment_confirmed_late_takes_back_the_overdue_interest_it_never_owed(house):
    new = house.lend()
    due = new.terms.rows[0].due_date
    house.close((due - house.today()).days + 11)
    assert [row["bucket"] for row in house.fetch("select bucket from servicing.delinquency")] == [1]
    late_minor = _balance(house, AccountKind.LOAN_INTEREST)

    done = house.repay(new.id, 259_857, value_date=due)
    house.close()

    assert done.state.dpd == 0
    # the first month whole, ten of 31 days of the second, ten days of overdue interest
    assert late_minor == 18_000 + 5_338 + 726
    # eleven of 31 days of the second month
    assert _balance(house, AccountKind.LOAN_INTEREST) == 5_872
    assert house.fetch("select from servicing.delinquency") == []
    assert _is_whole(house)


def test_loan_events_days_and_terms_cannot_be_changed_or_removed(house):
    house.lend()
    house.close()

    async def spoil(change):
        async with house.runtime.database.transaction() as connection:
            await connection.execute(change)

    for change in (
        "update servicing.loan_event set amount_minor = 1",
        "delete from servicing.loan_event",
        "truncate servicing.loan_event",
        "update servicing.day_end set loans = 0",
        "update servicing.loan set terms = '{}'",
        "delete from servicing.loan",
    ):
        with pytest.raises(asyncpg.PostgresError, match=r"append-only|frozen"):
            house.run(spoil(change))


def test_random_payments_over_many_days_keep_loans_and_ledger_equal_every_day(house):
    seed = 20261124
    dice = random.Random(seed)
    loans = [
        house.lend(
            dice.randrange(100_000, 9_000_000),
            dice.randrange(300, 1600),
            dice.choice([3, 6, 12]),
            fee=dice.choice([0, 777]),
            lender=dice.choice([1, 2, 3]),
            product=dice.randrange(2),
        )
        for _ in range(12)
    ]
    ended = set()
    for _ in range(60):
        house.close(dice.randrange(1, 5))
        new = dice.choice(loans)
        if new.id in ended:
            continue
        loan = house.run(_look(house, new.id))
        owed = loan["overdue_minor"] + (loan["next_due"] or {"amount_minor": 0})["amount_minor"]
        amount = dice.choice(
            [owed, loan["payoff_minor"], dice.randrange(1, loan["limit_minor"] + 1), 1]
        )
        value_date = house.today() - timedelta(days=dice.choice([0, 0, 0, 2]))
        if value_date < new.terms.opened_on or amount > loan["limit_minor"]:
            continue
        try:
            done = house.repay(new.id, amount or 1, value_date=value_date)
        except Broken:  # backdated, the debt of that day was smaller: refused, nothing entered
            continue
        if done.is_settled:
            ended.add(new.id)
    house.close()

    events = house.fetch("select count(*) as n from servicing.loan_event where kind = 'repaid'")
    assert (events[0]["n"], len(ended)) == (30, 9), f"seed {seed} reaches other states now"
    assert _is_whole(house)


async def _look(house, loan):
    async with house.runtime.database.reading() as connection:
        return await find_loan(connection, house.runtime, Caller(Role.OPERATOR, 1, 0, 0), loan)


def test_a_person_sees_their_loan_as_the_plan_says_and_nobody_elses(house):
    new = house.lend()
    house.repay(new.id, 259_857)
    own = Caller(Role.BORROWER, house.party, 0, 0)

    async def look(caller):
        async with house.runtime.database.reading() as connection:
            runtime = house.runtime
            return (
                await find_loan(connection, runtime, caller, new.id),
                await list_loans(connection, runtime, caller),
                await statement(connection, runtime, caller, new.id),
            )

    loan, (items, following), told = house.run(look(own))
    assert loan["loan"] == house.runtime.public.show("loan", new.id)
    assert loan["outstanding_minor"] == 2_758_143
    assert loan["next_due"] == {"nr": 2, "date": "2027-01-24", "amount_minor": 259_857}
    assert loan["schedule"][0] == {
        "nr": 1,
        "due_date": "2026-12-24",
        "principal_minor": 241_857,
        "interest_minor": 18_000,
        "fee_minor": 0,
        "total_minor": 259_857,
        "paid_minor": 259_857,
        "state": "paid",
    }
    assert [event["kind"] for event in loan["events"]] == ["disbursed", "repaid"]
    assert (len(items), following) == (1, None)
    assert [line["outstanding_minor"] for line in told["lines"]] == [3_000_000, 2_758_143]
    assert told["repaid_minor"] == told["received_minor"] == 259_857
    assert (told["opening_minor"], told["lent_minor"]) == (0, 3_000_000)
    assert (told["claimed_minor"], told["closing_minor"]) == (18_000, 2_758_143)
    json.dumps([loan, items, told])

    for stranger in (
        Caller(Role.BORROWER, house.party + 1, 0, 0),
        Caller(Role.LENDER, 1, 2, 0),
        Caller(Role.ANALYST, 1, 0, 0),
    ):
        with pytest.raises(NotFound):
            house.run(look(stranger))

    async def plain(caller):
        async with house.runtime.database.reading() as connection:
            return await find_row(connection, 0, caller, new.id)

    assert house.run(plain(Caller(Role.BORROWER, house.party, 0, 0))).id == new.id
    lender, clerk = Caller(Role.LENDER, 1, 1, 0), Caller(Role.CLERK, 1, 0, 0)
    assert house.run(look(lender))[0]["loan"] == loan["loan"]
    assert house.run(look(clerk))[0]["loan"] == loan["loan"]


def test_each_event_and_day_has_its_leaf_and_the_leaf_fits_the_row(house):
    new = house.lend()
    house.close()
    batches = house.fetch("select kinds, subjects, hashes from evidence.batch order by xid")
    (event,) = house.fetch("select * from servicing.loan_event")
    (day,) = house.fetch("select body, salt from servicing.day_end where step = 'closed'")

    assert [list(batch["kinds"]) for batch in batches] == [["loan_event", "movement"], ["day_end"]]
    assert list(batches[0]["subjects"]) == [new.id, event["payment"]]
    told = {
        "loan": new.id,
        "seq": 1,
        "kind": "disbursed",
        "value_date": "2026-11-24",
        "business_date": "2026-11-24",
        "amount_minor": 3_000_000,
        "payment": event["payment"],
        "parts": [],
    }
    payload = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    assert batches[0]["hashes"][0] == commitment(event["salt"], payload)
    assert list(batches[1]["subjects"]) == [20261124]
    assert batches[1]["hashes"][0] == commitment(day["salt"], day["body"].encode())


def test_a_payment_beside_a_closing_day_waits_for_it_and_both_come_out_right(house, run):
    new = house.lend()
    house.close()

    async def both():
        async def pay():
            async with house.runtime.database.transaction() as connection:
                today = await business_date(connection)
                money = Money(house.new(), 50_000, today)
                await record_repayment(connection, house.runtime, 0, new.id, money)

        await asyncio.gather(house.end_day(), pay(), pay())

    for _ in range(5):
        run(both())
    house.close()

    shown = house.run(_look(house, new.id))
    assert shown["outstanding_minor"] == 3_000_000 - 500_000 + 18_000 + 0
    assert _is_whole(house)


def test_the_portfolio_counts_what_is_live_owed_repaid_and_late(house):
    new = house.lend()
    house.lend(tenor=3)
    house.repay(new.id, 3_000_000)
    house.close(32)

    async def read():
        async with house.runtime.database.reading() as connection:
            return await portfolio(connection)

    found = house.run(read())
    assert (found.live, found.outstanding_minor, found.repaid_minor, found.overdue) == (
        1,
        3_000_000,
        3_000_000,
        1,
    )


def test_there_is_no_statement_of_days_before_the_loan(house):
    house.close(2)
    new, runtime = house.lend(), house.runtime
    caller = Caller(Role.BORROWER, house.party, 0, 0)

    async def of(first, last):
        async with runtime.database.reading() as connection:
            days = Days(first, last)
            return await statement(connection, runtime, caller, new.id, days)

    began = OPENED + timedelta(days=2)
    with pytest.raises(BadInput) as refused:
        house.run(of(OPENED, began - timedelta(days=1)))
    found = house.run(of(OPENED, began))

    assert refused.value.fields == {"closed_on": "before the loan"}
    assert (found["opening_minor"], found["lent_minor"], found["closing_minor"]) == (
        0, 3_000_000, 3_000_000,
    )  # fmt: skip
