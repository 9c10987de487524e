from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest

from tongtu.funding.api import Share, Shares, apportion
from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Broken, NotFound
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    Transfer,
    balances_equal_replay,
    open_accounts,
    post,
)
from tongtu.runtime.api import business_date
from tongtu.servicing.api import (
    Change,
    Charge,
    Component,
    EventKind,
    Money,
    Pause,
    ReAge,
    Reschedule,
    Target,
    choose_early,
    compensate_overdue,
    find_loan,
    fold,
    list_loans,
    list_shares,
    prove_joint,
    record_change,
    record_repayment,
    take_back,
)
from tongtu.servicing.flow import day as day_flow
from tongtu.servicing.store import joint as joint_store
from tongtu.servicing.store.day import lower_rate, share_books
from tongtu.terms.api import Every

GUARANTOR, GUARANTOR_MONEY = 31, 10**8
FUNDS, CLAIMS = AccountKind.LENDER_FUNDS, AccountKind.LENDER_CLAIMS
CONTROLS = (AccountKind.LOAN_PRINCIPAL, AccountKind.LOAN_INTEREST, AccountKind.LOAN_FEE)
OPENING = 10**14


def thirds(principal, after_days=30):
    gave = apportion(principal, (1, 1, 1))
    members = tuple(
        Share(lender, part, rate)
        for lender, part, rate in zip((1, 2, 3), gave, (750, 690, 720), strict=True)
    )
    return Shares(members, GUARANTOR, after_days, 50_000)


@pytest.fixture
def joint(house):
    """The house with a guarantor that has money."""

    async def fund():
        capital = Account(0, AccountKind.CAPITAL)
        ready = Account(0, AccountKind.GUARANTOR_FUNDS, GUARANTOR)
        async with house.runtime.database.transaction() as connection:
            await open_accounts(connection, [capital, ready])
            give = Transfer(house.new(), capital.id, ready.id, GUARANTOR_MONEY, Code.CAPITAL_IN)
            day = await business_date(connection)
            await post(connection, 0, [give], day, house.runtime.clock.now())

    house.run(fund())
    return house


def balance(house, kind, owner, product=None):
    product = "consumer_cash" if kind in CONTROLS else product
    wanted = Account(0, kind, owner, product).id
    rows = house.fetch("select balance_minor from ledger.account where id = $1", wanted)
    return rows[0]["balance_minor"] if rows else None


def controls(house, owner):
    return tuple(balance(house, kind, owner) for kind in CONTROLS)


def is_whole(house):
    async def read():
        async with house.runtime.database.reading() as connection:
            return await balances_equal_replay(connection)

    found = house.run(read())
    return found.differences == 0 and found.sum_minor == 0


def prove(house):
    async def read():
        async with house.runtime.database.reading() as connection:
            return await prove_joint(connection, 0)

    return house.run(read())


def lender(house, number):
    return Caller(Role.LENDER, house.new(), number, 0)


async def shares_of(house, caller, after=0, limit=50):
    async with house.runtime.database.reading() as connection:
        return await list_shares(connection, house.runtime, caller, after, limit)


def seen(house, caller):
    async def read():
        async with house.runtime.database.reading() as connection:
            items, _ = await list_loans(connection, house.runtime, caller)
            numbers = [house.runtime.public.read("loan", one["loan"]) for one in items]
            for number in numbers:
                await find_loan(connection, house.runtime, caller, number)
            return set(numbers)

    return house.run(read())


def overdue_rates(house):
    return dict(
        tuple(row)
        for row in house.fetch("select lender, overdue_rate_max_bps from servicing.control")
    )


def compensate(house, after=0):
    async def sweep():
        async with house.runtime.database.transaction() as connection:
            day = await business_date(connection)
            return await compensate_overdue(connection, house.runtime, 0, day, after)

    return house.run(sweep())


def test_a_joint_loan_leaves_each_funder_its_principal_and_its_interest_to_the_fen(joint):
    shares = thirds(3_000_001)
    new = joint.lend(3_000_001, tenor=6, fee=500, shares=shares)
    assert [balance(joint, FUNDS, n) - OPENING for n in (1, 2, 3)] == [
        -1_000_001, -1_000_000, -1_000_000,
    ]  # fmt: skip
    assert [controls(joint, n) for n in (1, 2, 3)] == [
        (1_000_001, 0, 0), (1_000_000, 0, 0), (1_000_000, 0, 0),
    ]  # fmt: skip
    assert balance(joint, AccountKind.BORROWER_CASH, joint.party) == 3_000_001

    for row in new.terms.rows:
        joint.close((row.due_date - joint.today()).days)
        done = joint.repay(new.id, row.principal_minor + row.interest_minor + row.fee_minor)

    assert done.is_settled
    interest = sum(row.interest_minor for row in new.terms.rows)
    earned = apportion(interest, [one.principal_minor * one.rate_bps for one in shares.members])
    fees = [part * 50_000 // 1_000_000 for part in earned]
    gained = [balance(joint, FUNDS, n) - OPENING for n in (1, 2, 3)]
    assert gained == [part - fee for part, fee in zip(earned, fees, strict=True)]
    assert balance(joint, AccountKind.PLATFORM_FEE, 0) == sum(fees)
    guarantor = balance(joint, AccountKind.GUARANTOR_FUNDS, GUARANTOR)
    assert guarantor - GUARANTOR_MONEY == 6 * 500
    assert [controls(joint, n) for n in (1, 2, 3, GUARANTOR)] == [(0, 0, 0)] * 4
    assert [balance(joint, CLAIMS, n) for n in (1, 2, 3, GUARANTOR)] == [0] * 4
    assert is_whole(joint)


def test_each_payment_becomes_one_instruction_a_payee_and_they_sum_to_it(joint):
    new = joint.lend(3_000_001, tenor=36, fee=500, shares=thirds(3_000_001))
    row = new.terms.rows[0]
    joint.close((row.due_date - joint.today()).days)
    amount = row.principal_minor + row.interest_minor + row.fee_minor

    joint.repay(new.id, amount)

    told = joint.fetch(
        "select payee, principal_minor, interest_minor, fee_minor, amount_minor, service_fee_minor"
        " from funding.split_instruction order by payee"
    )
    assert [one["payee"] for one in told] == [1, 2, 3, GUARANTOR]
    assert sum(one["amount_minor"] for one in told) == amount
    assert [one["principal_minor"] for one in told[:3]] == list(
        apportion(row.principal_minor, (1_000_001, 1_000_000, 1_000_000))
    )
    assert sum(one["interest_minor"] for one in told) == row.interest_minor
    assert [one["fee_minor"] for one in told] == [0, 0, 0, 500]
    moved = joint.fetch(
        "select code, credit, amount_minor from ledger.transfer where code in ($1, $2) order by id",
        int(Code.REPAYMENT_SETTLE), int(Code.SHARE_PAID),
    )  # fmt: skip
    lead, *others = [Account(0, FUNDS, n).id for n in (1, 2, 3)]
    others.append(Account(0, AccountKind.GUARANTOR_FUNDS, GUARANTOR).id)
    assert [tuple(row)[1:] for row in moved] == [
        (lead, amount), *zip(others, [one["amount_minor"] for one in told[1:]], strict=True),
    ]  # fmt: skip


def test_every_day_end_proves_each_funders_controls_beside_the_loans_it_has_alone(joint):
    joint.lend(2_000_000, lender=1, rate=900)
    joint.lend(2_000_000, shares=thirds(2_000_000), rate=720)

    closed = joint.close(3)
    lines = {line.lender: line for line in closed.lines}

    assert closed.loans == 2
    assert [lines[n].loans for n in (1, 2, 3, GUARANTOR)] == [2, 1, 1, 0]
    assert [lines[n].principal_minor for n in (1, 2, 3)] == [2_666_667, 666_667, 666_666]
    for n in (1, 2, 3, GUARANTOR):
        line = lines[n]
        figures = (line.principal_minor, line.interest_minor, line.fee_minor)
        assert controls(joint, n) == figures
        assert -sum(figures) == balance(joint, CLAIMS, n)
    # Two days at 7.20 % on 20,000.00 are 8.00: 277.78, 255.56 and 266.67 fen by principal and own
    # rate; the one least above a half is the one rounded down. Beside it 10.00 of the loan alone.
    assert [lines[n].interest_minor for n in (1, 2, 3)] == [278 + 1_000, 255, 267]


def test_a_loan_too_late_is_the_guarantors_who_pays_the_funders_and_collects(joint):
    new = joint.lend(3_000_000, tenor=3, fee=500, shares=thirds(3_000_000))
    late_on = (new.terms.rows[0].due_date - joint.today()).days + 30
    joint.close(late_on)
    assert compensate(joint).taken == 0
    joint.close()
    owed = [controls(joint, n) for n in (1, 2, 3)]
    funds = [balance(joint, FUNDS, n) for n in (1, 2, 3)]
    before = joint.fetch("select snapshot, outstanding_minor, seq from servicing.loan")

    assert overdue_rates(joint) == {1: 1_080, 2: 1_080, 3: 1_080, GUARANTOR: 0}
    assert compensate(joint).taken == 1
    assert overdue_rates(joint)[GUARANTOR] == 1_080, "the law is asked for its new creditor"

    paid = [principal + interest for principal, interest, _ in owed]
    assert [sum(one[:2]) for one in owed] == [
        now - then
        for now, then in zip([balance(joint, FUNDS, n) for n in (1, 2, 3)], funds, strict=True)
    ]
    assert sum(one[0] for one in owed) == 3_000_000
    assert [controls(joint, n) for n in (1, 2, 3)] == [(0, 0, 0)] * 3
    assert controls(joint, GUARANTOR)[:2] == (3_000_000, sum(one[1] for one in owed))
    guarantor = balance(joint, AccountKind.GUARANTOR_FUNDS, GUARANTOR)
    assert guarantor == GUARANTOR_MONEY - sum(paid)
    # For the borrower nothing has changed.
    assert joint.fetch("select snapshot, outstanding_minor, seq from servicing.loan") == before
    assert compensate(joint).taken == 0
    joint.close(2)

    fee = balance(joint, AccountKind.PLATFORM_FEE, 0)
    joint.repay(new.id, 1_000_000)

    now = [balance(joint, FUNDS, n) for n in (1, 2, 3)]
    assert now == [then + part for then, part in zip(funds, paid, strict=True)]
    assert balance(joint, AccountKind.GUARANTOR_FUNDS, GUARANTOR) == guarantor + 1_000_000
    assert balance(joint, AccountKind.PLATFORM_FEE, 0) == fee
    joint.close()
    assert is_whole(joint)


def test_the_law_is_asked_for_each_funder_of_a_joint_loan_that_lives_again(joint):
    new = joint.lend(3_000_000, tenor=3, shares=thirds(3_000_000))
    assert joint.repay(new.id, 3_000_000).is_settled

    async def lower_and_undo():
        async with joint.runtime.database.transaction() as connection:
            for one in (1, 2, 3):
                await lower_rate(connection, 0, (one, "consumer_cash"), 1_000)
        async with joint.runtime.database.transaction() as connection:
            day = await business_date(connection)
            undo = Change(EventKind.UNDONE, day, Target(2))
            await record_change(connection, joint.runtime, 0, new.id, undo)

    joint.run(lower_and_undo())

    assert overdue_rates(joint) == {1: 1_080, 2: 1_080, 3: 1_080, GUARANTOR: 0}


def test_a_guarantor_without_the_money_takes_nothing_over_and_no_day_stays_open(joint):
    big = 10 * GUARANTOR_MONEY
    new = joint.lend(big, tenor=3, shares=thirds(big))
    joint.close((new.terms.rows[0].due_date - joint.today()).days + 31)
    tables = ("ledger.account", "servicing.joint", "evidence.batch")
    before = [joint.fetch(f"select * from {table} order by 1, 2, 3") for table in tables]

    swept = compensate(joint)

    assert (swept.taken, swept.short, swept.last) == (0, 1, None)
    assert [joint.fetch(f"select * from {table} order by 1, 2, 3") for table in tables] == before
    told = joint.fetch("select topic from runtime.outbox where topic like 'servicing.comp%'")
    assert [row["topic"] for row in told] == ["servicing.compensation_short"]
    joint.close()


def test_shares_that_are_not_the_loan_open_nothing(joint):
    with pytest.raises(Broken, match="not the principal"):
        joint.lend(3_000_000, shares=thirds(2_999_999))

    assert joint.fetch("select count(*) from servicing.loan")[0][0] == 0
    assert joint.fetch("select count(*) from servicing.share")[0][0] == 0


def test_shares_and_compensations_are_never_changed(joint):
    new = joint.lend(3_000_000, tenor=3, shares=thirds(3_000_000))
    joint.close((new.terms.rows[0].due_date - joint.today()).days + 31)
    compensate(joint)
    tables = ("servicing.share", "servicing.compensation")
    before = [joint.fetch(f"select * from {table} order by lender") for table in tables]

    async def change(table):
        async with joint.runtime.database.transaction() as connection:
            await connection.execute(f"update {table} set principal_minor = 1")

    for table in tables:
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            joint.run(change(table))
    assert [len(rows) for rows in before] == [3, 3]
    assert [joint.fetch(f"select * from {table} order by lender") for table in tables] == before


def test_over_random_lives_the_parts_stay_the_loan_and_the_books_whole(joint):
    """Payments of any size, late, early, backdated, beyond the debt; three loans, one taken over."""
    luck = random.Random(20261128)
    loans = [
        joint.lend(principal, tenor=tenor, fee=fee, shares=thirds(principal))
        for principal, tenor, fee in ((100_001, 6, 7), (3_000_002, 12, 500), (999_998, 3, 0))
    ]
    for _ in range(25):
        joint.close(luck.randint(1, 9))
        compensate(joint)
        loan = luck.choice(loans[:2])
        back = luck.choice([0, 0, 0, 3, 20])
        joint.repay(
            loan.id,
            luck.choice([1, 7, 3_333, 17_000, 260_000]),
            value_date=max(loan.terms.opened_on, joint.today() - timedelta(days=back)),
        )
        found = prove(joint)
        assert (found.is_whole, found.split_differences) == (True, 0)
    joint.close()

    assert joint.fetch("select count(*) from servicing.joint where taken_on is not null")[0][0] >= 1
    for row in joint.fetch("select * from servicing.joint"):
        told = joint.fetch(
            "select coalesce(sum(principal_minor), 0)::int8 as principal,"
            " coalesce(sum(interest_minor), 0)::int8 as interest,"
            " coalesce(sum(fee_minor), 0)::int8 as fee"
            " from funding.split_instruction where loan = $1",
            row["loan"],
        )[0]
        assert tuple(told) == (
            row["repaid_minor"], row["interest_paid_minor"], row["fee_paid_minor"],
        )  # fmt: skip
    assert is_whole(joint)


def test_the_proof_counts_what_it_proved_and_names_each_payees_money_twice(joint):
    new = joint.lend(3_000_001, tenor=12, fee=500, shares=thirds(3_000_001))
    joint.close(31)
    joint.repay(new.id, 263_333)
    joint.close(2)

    found = prove(joint)

    assert (found.loans, found.taken, found.payments, found.instructions) == (1, 0, 1, 4)
    assert found.is_whole
    moved = {one.payee: (one.loans_minor, one.ledger_minor) for one in found.payees}
    assert moved == {
        **{n: (balance(joint, FUNDS, n) - OPENING,) * 2 for n in (1, 2, 3)},
        GUARANTOR: (1_000, 1_000),  # the payment reached into the second instalment
    }


@pytest.mark.parametrize(
    "spoil",
    [
        "update funding.split_instruction set principal_minor = principal_minor - 1,"  # noqa: ISC004
        " amount_minor = amount_minor - 1 where payee = 1",
        "update funding.split_instruction set interest_minor = interest_minor + 1,"  # noqa: ISC004
        " principal_minor = principal_minor - 1 where payee = 2",
        "delete from funding.split_instruction where payee = 3",
        "update funding.split_instruction set service_fee_minor = 0 where payee = 2",
        "update ledger.transfer set amount_minor = amount_minor + 1"  # noqa: ISC004
        " where code = 37 and id = (select max(id) from ledger.transfer where code = 37)",
    ],
)
def test_a_fen_in_the_wrong_place_is_found(joint, spoil):
    new = joint.lend(3_000_001, tenor=12, fee=500, shares=thirds(3_000_001))
    joint.close(31)
    joint.repay(new.id, 263_333)
    assert prove(joint).is_whole

    async def harm():
        async with joint.runtime.database.transaction() as connection:
            return await connection.execute(spoil)

    assert joint.run(harm()) in ("UPDATE 1", "DELETE 1")
    assert not prove(joint).is_whole


def test_a_funder_sees_its_shares_as_the_controls_have_them_and_the_loans_it_funds(joint):
    alone = joint.lend(1_000_000, lender=3)
    new = joint.lend(3_000_001, tenor=12, fee=500, shares=thirds(3_000_001))
    other = joint.lend(999_999, tenor=12, lender=2)
    joint.close(31)
    joint.repay(new.id, 263_333)
    joint.close(9)

    second, stranger = lender(joint, 2), lender(joint, 4)
    items, following = joint.run(shares_of(joint, second))
    assert following is None
    [share] = items
    assert (share["share_minor"], share["rate_bps"], share["taken_on"]) == (1_000_000, 690, None)
    own = fold(other.terms, [], joint.today() - timedelta(days=1))
    assert controls(joint, 2)[:2] == (
        share["principal_minor"] + own.outstanding_minor,
        share["interest_minor"] + own.interest_minor,
    )
    assert joint.run(shares_of(joint, stranger)) == ([], None)
    assert seen(joint, second) == {new.id, other.id}
    assert seen(joint, lender(joint, 3)) == {new.id, alone.id}
    assert seen(joint, stranger) == set()
    with pytest.raises(NotFound):
        joint.run(shares_of(joint, second._replace(role=Role.OPERATOR)))


def test_shares_are_shown_in_pages(joint):
    loans = [joint.lend(300_000, tenor=3, shares=thirds(300_000)).id for _ in range(3)]
    show = joint.runtime.public.show

    first, after = joint.run(shares_of(joint, lender(joint, 1), limit=2))
    rest, end = joint.run(shares_of(joint, lender(joint, 1), after, limit=2))

    assert [one["loan"] for one in first + rest] == [show("loan", loan) for loan in loans]
    assert (after, end) == (loans[1], None)


def test_a_loan_with_one_funder_only_in_name_stands_as_if_it_lent_alone(joint):
    alone = joint.lend(3_000_000, tenor=12, lender=2)
    shares = replace(thirds(3_000_000), members=(Share(1, 3_000_000, 720),), service_fee_ppm=0)
    named = joint.lend(3_000_000, tenor=12, lender=1, shares=shares)
    for _ in range(4):
        joint.close(17)
        for loan in (alone, named):
            joint.repay(loan.id, 123_457)

    assert controls(joint, 1) == controls(joint, 2)
    assert balance(joint, FUNDS, 1) == balance(joint, FUNDS, 2)


def test_an_undone_payment_of_a_joint_loan_leaves_each_payee_as_if_it_had_never_come(joint):
    new = joint.lend(3_000_001, tenor=12, fee=500, shares=thirds(3_000_001))
    row = new.terms.rows[0]
    joint.close((row.due_date - joint.today()).days)
    accounts = "select kind, owner, balance_minor from ledger.account order by 1, 2, id"
    before = joint.fetch(accounts)
    first, second = joint.new(), joint.new()
    joint.repay(new.id, 123_457, payment=first)
    joint.repay(new.id, row.principal_minor, payment=second)

    async def undo(payment):
        async with joint.runtime.database.transaction() as connection:
            return await take_back(connection, joint.runtime, 0, new.id, payment, joint.new())

    undone = joint.run(undo(first))

    assert undone.to_lender_minor == -123_457
    assert prove(joint).is_whole
    joint.close(3)
    assert is_whole(joint)
    assert joint.run(undo(second)).to_lender_minor == -row.principal_minor
    joint.close()
    assert is_whole(joint)
    assert prove(joint).is_whole
    # All that the days since have moved is interest earned and fees due.
    cash = [row for row in joint.fetch(accounts) if row["kind"] == int(FUNDS)]
    assert cash == [row for row in before if row["kind"] == int(FUNDS)]


def alter(house, loan, kind, details=None, amount=0):
    asked = Change(kind, house.today(), details, amount)

    async def enter():
        async with house.runtime.database.transaction() as connection:
            return await record_change(connection, house.runtime, 0, loan, asked)

    return house.run(enter())


def test_every_change_of_a_joint_loan_is_divided_to_the_fen(joint):
    new = joint.lend(3_000_001, tenor=6, fee=500, shares=thirds(3_000_001, after_days=900))
    joint.close(31)
    joint.repay(new.id, 700_001)
    alter(joint, new.id, EventKind.CHARGED, Charge(Component.FEE, joint.today()), 777)
    alter(joint, new.id, EventKind.UNDONE, Target(2))
    joint.close(2)
    joint.repay(new.id, 600_003)
    soon = joint.today() + timedelta(days=9)
    changes = (
        (EventKind.CHARGED_BACK, Target(5), 100_001),
        (EventKind.RESCHEDULED, Reschedule(soon, grace_principal=1, rate_bps=Decimal(300)), 0),
        (EventKind.INTEREST_PAUSED, Pause(soon, soon + timedelta(days=10)), 0),
        (EventKind.RE_AMORTIZED, None, 0),
        (EventKind.RE_AGED, ReAge(soon, Every(1), 4), 0),
        (EventKind.CASH_REFUNDED, None, 50_001),
    )
    for kind, details, amount in changes:
        state = alter(joint, new.id, kind, details, amount)
        assert prove(joint).is_whole, kind
        joint.close()
    joint.repay(new.id, state.outstanding_minor + 900_000)
    surplus = joint.repay(new.id, 91).state.surplus_minor
    alter(joint, new.id, EventKind.BALANCE_REFUNDED, amount=surplus)

    assert prove(joint).is_whole
    joint.close()
    assert is_whole(joint)


def test_a_joint_loan_given_up_is_each_funders_loss_and_what_is_recovered_each_ones_part(joint):
    new = joint.lend(3_000_001, tenor=6, fee=500, shares=thirds(3_000_001, after_days=900))
    joint.close(70)
    off, lost = AccountKind.LOAN_CHARGED_OFF, AccountKind.LOAN_WRITTEN_OFF

    state = alter(joint, new.id, EventKind.CHARGED_OFF)

    owed = [balance(joint, off, lender, "consumer_cash") for lender in (1, 2, 3, GUARANTOR)]
    assert sum(owed) == sum(state.owed_minor) == state.payoff_minor
    assert owed[3] == state.fee_minor == 1_000
    assert all(balance(joint, kind, lender) == 0 for kind in CONTROLS for lender in (1, 2, 3))
    joint.close()
    alter(joint, new.id, EventKind.WRITTEN_OFF)
    assert [balance(joint, off, lender, "consumer_cash") for lender in (1, 2, 3)] == [0, 0, 0]
    assert [balance(joint, lost, one, "consumer_cash") for one in (1, 2, 3, GUARANTOR)] == owed
    joint.close(2)
    state = joint.repay(new.id, 100_000).state
    left = [balance(joint, lost, lender, "consumer_cash") for lender in (1, 2, 3, GUARANTOR)]
    assert sum(left) == sum(state.lost_minor) == sum(owed) - 100_000
    assert [one - other for one, other in zip(owed, left, strict=True)] == [
        33_334, 33_333, 33_333, 0
    ]  # fmt: skip
    assert prove(joint).is_whole
    joint.close()
    assert is_whole(joint)


def test_what_is_undone_after_the_guarantor_took_over_is_the_guarantors(joint):
    new = joint.lend(3_000_001, tenor=3, shares=thirds(3_000_001))
    joint.close(31)
    joint.repay(new.id, 200_000)
    joint.close(40)
    assert compensate(joint).taken == 1
    funds = [balance(joint, FUNDS, lender) for lender in (1, 2, 3)]
    ready = balance(joint, AccountKind.GUARANTOR_FUNDS, GUARANTOR)

    alter(joint, new.id, EventKind.UNDONE, Target(2))

    assert [balance(joint, FUNDS, lender) for lender in (1, 2, 3)] == funds
    assert balance(joint, AccountKind.GUARANTOR_FUNDS, GUARANTOR) == ready - 200_000
    joint.close()
    assert is_whole(joint)


def test_a_borrowers_choice_to_end_a_joint_loan_sooner_is_divided_as_any_payment(joint):
    new, payment = joint.lend(3_000_001, tenor=12, shares=thirds(3_000_001)), joint.new()
    row = new.terms.rows[0]
    joint.close((row.due_date - joint.today()).days)

    async def choose():
        async with joint.runtime.database.transaction() as connection:
            await choose_early(connection, 0, payment, is_shortened=True)

    joint.run(choose())
    done = joint.repay(new.id, row.principal_minor + row.interest_minor + 500_000, payment=payment)

    last = done.state.rows[-1]
    assert (last.paid_principal_minor, last.interest_minor) == (last.principal_minor, 0)
    assert prove(joint).is_whole
    joint.close()
    assert is_whole(joint)


def test_a_joint_loan_paid_amid_the_close_is_divided_as_it_then_stands(joint, monkeypatch):
    new = joint.lend(3_000_001, tenor=12, fee=500, shares=thirds(3_000_001))
    joint.lend(2_000_000, lender=2)
    joint.close(31)
    run_chunk, served = day_flow.run_chunk, []

    async def interrupted(run, part):
        done = await run_chunk(run, part)
        async with joint.runtime.database.transaction() as connection:
            day = await business_date(connection)
            money = Money(joint.new(), 263_333, day)
            served.append(await record_repayment(connection, joint.runtime, 0, new.id, money))
        return done

    monkeypatch.setattr(day_flow, "run_chunk", interrupted)
    closed = joint.close()
    monkeypatch.undo()

    [paid] = served
    lines = {line.lender: line for line in closed.lines}
    for n in (1, 2, 3, GUARANTOR):
        line = lines[n]
        assert controls(joint, n) == (line.principal_minor, line.interest_minor, line.fee_minor)
    left = paid.state.outstanding_minor + 2_000_000
    assert sum(line.principal_minor for line in lines.values()) == left
    assert left < 5_000_001
    assert closed.loans == 2
    assert prove(joint).is_whole
    joint.close()
    assert is_whole(joint)


def test_joint_loans_are_divided_before_the_books_are_held(joint, monkeypatch):
    for _ in range(2):
        joint.lend(3_000_000, shares=thirds(3_000_000))
    joint.close()
    read, free = joint_store.live, []

    async def beside(connection, cell):
        async with joint.runtime.database.transaction() as other:
            await other.execute("set local lock_timeout = '10ms'")
            await share_books(other, 0)  # as a payment does
            free.append(cell)
        return await read(connection, cell)

    monkeypatch.setattr(joint_store, "live", beside)
    joint.close()

    assert free == [0]
    assert prove(joint).is_whole


def test_a_compensation_locks_no_loan_but_the_one_that_is_taken(joint):
    due = [joint.lend(600_000, tenor=3, shares=thirds(600_000)) for _ in range(2)]
    late = joint.lend(600_000, tenor=3, shares=thirds(600_000, after_days=90))
    joint.close((due[0].terms.rows[0].due_date - joint.today()).days + 31)

    async def look():
        async with joint.runtime.database.transaction() as connection:
            swept = await compensate_overdue(
                connection, joint.runtime, 0, await business_date(connection)
            )
            async with joint.runtime.database.transaction() as other:
                free = await other.fetch(
                    "select id from servicing.loan order by id for no key update skip locked"
                )
            return swept, [row["id"] for row in free]

    swept, free = joint.run(look())

    assert (swept.taken, swept.short, swept.last) == (1, 0, due[0].id)
    assert free == [due[1].id, late.id]
    assert compensate(joint).taken == 1
    assert compensate(joint).taken == 0
    joint.close()
    assert is_whole(joint)
