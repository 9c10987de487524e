"""One warrant, one payout, of its amount, for ever."""

from dataclasses import replace

import asyncpg
import pytest

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Broken, Conflict, NotFound
from tongtu.payments.api import (
    PaymentKind,
    PaymentState,
    collect,
    count_open,
    find_payment,
    pending_minor,
    release,
)
from tongtu.payments.model import MOVES


@pytest.fixture
def write(runtime, run):
    async def written(action, *arguments):
        async with runtime.database.transaction() as connection:
            return await action(connection, runtime, *arguments)

    return lambda *given: run(written(*given))


@pytest.fixture
def execute(runtime, run):
    async def executed(statement):
        async with runtime.database.transaction() as connection:
            return await connection.execute(statement)

    return lambda statement: run(executed(statement))


@pytest.fixture
def rows(runtime, run):
    async def counted():
        async with runtime.database.reading() as connection:
            return [
                await connection.fetchval(f"select count(*) from {table}")
                for table in ("payments.warrant", "payments.instruction", "runtime.outbox")
            ]

    return lambda: run(counted())


def test_a_second_payout_of_the_same_decision_agreement_or_commitment_is_refused(
    runtime, made, write, rows
):
    first, warrant = made()
    second, other = made()

    done = write(release, warrant, first)

    assert done.end_to_end_id == runtime.public.show("payment", first.id)
    for field in ("decision", "agreement_hash", "commitment"):
        with pytest.raises(Conflict) as refused:
            write(release, replace(other, **{field: getattr(warrant, field)}), second)
        assert refused.value.code == "paid_once"
    with pytest.raises(Conflict):
        write(release, warrant, first)
    assert rows() == [1, 1, 0]


def test_a_refused_payout_leaves_the_callers_transaction_whole(runtime, run, made, write, rows):
    first, warrant = made()
    second, other = made()
    write(release, warrant, first)

    async def both():
        async with runtime.database.transaction() as connection:
            with pytest.raises(Conflict):
                await release(connection, runtime, warrant, second)
            await release(connection, runtime, other, second)

    run(both())
    assert rows() == [2, 2, 0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_minor": 250_001},
        {"kind": PaymentKind.COLLECTION},
        {"cell": 1},
        {"amount_minor": 0},
    ],
)
def test_a_payout_that_is_not_the_warrants_is_refused(made, write, rows, wrong):
    instruction, warrant = made(amount_minor=250_000)

    with pytest.raises(Broken):
        write(release, warrant, replace(instruction, **wrong))
    assert rows() == [0, 0, 0]


def test_an_amount_beyond_the_bound_is_refused_and_the_bound_itself_is_not(made, write, rows):
    most, _ = made(PaymentKind.COLLECTION, 1_000_000_000)
    more, _ = made(PaymentKind.COLLECTION, 1_000_000_001)

    write(collect, most)
    with pytest.raises(Broken):
        write(collect, more)
    with pytest.raises(Conflict):
        write(collect, most)
    assert rows() == [0, 1, 0]


def test_the_database_itself_refuses_a_payout_without_its_warrant(made, write, execute, rows):
    first, warrant = made(amount_minor=500)
    write(release, warrant, first)
    copy = (
        "insert into payments.instruction (cell, id, kind, state, subject, party, lender,"
        " amount_minor, decision, value_date, end_to_end_id, next_at, created_at, changed_at)"
        " select cell, id + {0}, kind, state, subject, party, lender, {1}, {2}, value_date,"
        " 'other', next_at, created_at, changed_at from payments.instruction"
    )
    for of, amount, decision in ((1, 500, "decision"), (1, 501, "decision"), (1, 500, "1")):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            execute(copy.format(of, amount, decision))
    with pytest.raises(asyncpg.CheckViolationError):
        execute(copy.format(1, 500, "null"))
    assert rows() == [1, 1, 0]


def test_history_is_not_rewritten(made, write, execute, rows):
    first, warrant = made()
    write(release, warrant, first)
    facts = ("amount_minor = 1", "end_to_end_id = 'x'", "party = 1", "decision = 1")

    for statement in (
        *(f"update payments.instruction set {fact}" for fact in facts),
        "delete from payments.instruction",
        "update payments.warrant set amount_minor = 1",
        "delete from payments.warrant",
    ):
        with pytest.raises(asyncpg.PostgresError, match="not rewritten"):
            execute(statement)
    execute("update payments.instruction set state = 'sent'")
    execute("update payments.instruction set state = 'rejected'")
    with pytest.raises(asyncpg.PostgresError, match="not rewritten"):
        execute("update payments.instruction set state = 'sent'")
    assert rows() == [1, 1, 0]


def test_a_payment_is_seen_by_its_borrower_its_lender_and_staff_only(runtime, run, made, write):
    asked, _ = made(PaymentKind.COLLECTION)
    write(collect, asked)

    async def look(caller):
        async with runtime.database.reading() as connection:
            return await find_payment(connection, 0, caller, asked.id)

    for caller in (
        Caller(Role.BORROWER, asked.party, 0, 0),
        Caller(Role.LENDER, 5, 1, 0),
        Caller(Role.OPERATOR, 5, 0, 0),
    ):
        assert run(look(caller)).state is PaymentState.INTENDED
    for caller in (
        Caller(Role.BORROWER, asked.party + 1, 0, 0),
        Caller(Role.LENDER, 5, 2, 0),
        Caller(Role.ANALYST, 5, 0, 0),
    ):
        with pytest.raises(NotFound):
            run(look(caller))


def test_what_is_being_collected_is_known_until_it_failed_or_stands_in_the_loan(
    runtime, run, made, write, execute
):
    asked, _ = made(PaymentKind.COLLECTION, 10_000)
    write(collect, asked)

    async def look(*entered):
        async with runtime.database.reading() as connection:
            day = asked.value_date
            return (
                await pending_minor(connection, 0, asked.subject, entered),
                await count_open(connection, day),
                await count_open(connection, day.replace(day=23)),
            )

    assert run(look()) == (10_000, 1, 0)
    execute("update payments.instruction set state = 'sent'")
    assert run(look()) == (10_000, 1, 0)
    execute("update payments.instruction set state = 'settled'")
    # Until its end stands in the books, a day cannot close over it.
    assert run(look()) == (10_000, 1, 0)
    execute("update payments.instruction set is_booked = true")
    assert run(look()) == (10_000, 0, 0)
    assert run(look(asked.id)) == (0, 0, 0)
    failed, _ = made(PaymentKind.COLLECTION, 10_000)
    write(collect, replace(failed, subject=asked.subject))
    assert run(look(asked.id)) == (10_000, 1, 0)
    execute("update payments.instruction set state = 'sent' where state = 'intended'")
    execute("update payments.instruction set state = 'rejected' where state = 'sent'")
    assert run(look(asked.id)) == (0, 1, 0)
    execute("update payments.instruction set is_booked = true")
    assert run(look(asked.id)) == (0, 0, 0)


def test_the_database_and_the_table_of_moves_allow_the_same(made, write, execute, rows):
    for old in PaymentState:
        for new in PaymentState:
            asked, _ = made(PaymentKind.COLLECTION)
            done = write(collect, asked)
            for step in _way_to(old):
                execute(f"update payments.instruction set state = '{step}' where id = {done.id}")
            change = f"update payments.instruction set state = '{new}' where id = {done.id}"
            if new is old or new in MOVES[old]:
                execute(change)
            else:
                with pytest.raises(asyncpg.PostgresError, match="not rewritten"):
                    execute(change)


def _way_to(state):
    """Return the moves from `intended` to a state, the shortest way."""
    ways = {PaymentState.INTENDED: ()}
    while state not in ways:
        for old, way in list(ways.items()):
            for new in MOVES[old]:
                ways.setdefault(new, (*way, new))
    return ways[state]
