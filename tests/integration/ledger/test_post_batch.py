"""post_batch against a sequential model: the same answers, the same books, the same holds."""

from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import product

import asyncpg
import pytest
from tests.integration.ledger.sequential import (
    ACCOUNTS,
    CLOSED_ON,
    DAY,
    Asked,
    Generator,
    Model,
    is_forbidden,
)

from tongtu.ledger.api import AccountKind, Act

AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
LATE_DAY = date(2026, 11, 10)  # rolled up, its period is open
POST = "SELECT ledger.post_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
COLUMNS = "id, debit, credit, amount_minor, code, link, subject, act, original, expires_at, adjusts"
RESULTS = 13


@asynccontextmanager
async def open_books(database_url):
    connection = await asyncpg.connect(database_url)
    try:
        await connection.executemany(
            "INSERT INTO ledger.account (cell, kind, id, owner, balance_minor, floor_minor,"
            " ceiling_minor, currency) VALUES (0, $1, $2, 0, $3, $4, $5, $6)",
            [
                (kind, account, balance, floor, ceiling, currency)
                for account, (kind, floor, ceiling, currency, balance) in ACCOUNTS.items()
            ],
        )
        await connection.execute("SELECT ledger.roll_day(0::smallint, $1)", CLOSED_ON)
        await connection.execute(
            "SELECT ledger.close_period(0::smallint, $1, 1, $2)", CLOSED_ON, AT
        )
        for days in range(1, (DAY - CLOSED_ON).days):
            await connection.execute(
                "SELECT ledger.roll_day(0::smallint, $1)", CLOSED_ON + timedelta(days)
            )
        yield connection
    finally:
        await connection.close()


async def post(connection, batch, cell=0, day=DAY, at=AT):
    columns = [list(column) for column in zip(*batch, strict=True)] or [[]] * 11
    if not any(asked.act or asked.adjusts for asked in batch):
        columns[7:] = [None] * 4
    return await connection.fetchval(POST, cell, *columns[:7], day, at, *columns[7:])


async def books(connection):
    accounts = await connection.fetch(
        "SELECT id, balance_minor, held_debit_minor, held_credit_minor FROM ledger.account"
    )
    rows = await connection.fetch(f"SELECT {COLUMNS} FROM ledger.transfer")
    pending = await connection.fetch("SELECT id, amount_minor FROM ledger.pending")
    return (
        {row[0]: tuple(row)[1:] for row in accounts},
        {row[0]: Asked(*row) for row in rows},
        dict(pending),
    )


def expected(model):
    return (
        {a: (model.balances[a], model.leaving[a], model.coming[a]) for a in ACCOUNTS},
        model.posted,
        {asked.id: asked.amount for asked in model.waiting()},
    )


@pytest.mark.parametrize("seed", [20261124, 2, 3])
def test_random_batches_give_the_answers_and_books_of_one_by_one_posting(run, database_url, seed):
    async def scenario():
        async with open_books(database_url) as connection:
            model = Model()
            generator = Generator(seed, model)
            counts, acts = dict.fromkeys(range(RESULTS), 0), dict.fromkeys(Act, 0)
            for number in range(600):
                at = AT + timedelta(seconds=number)
                day = generator.random.choice((*[DAY] * 18, LATE_DAY, CLOSED_ON))
                batch = generator.batch(at)
                answers = await post(connection, batch, day=day, at=at)
                assert answers == model.post(batch, day, at), (seed, number, batch)
                for asked, answer in zip(batch, answers, strict=True):
                    counts[answer] += 1
                    if asked.act and answer == 0:
                        acts[asked.act] += 1
            assert await books(connection) == expected(model)
            await check_roll_ups(connection)

            # The generator can say everything: each answer and each act was reached often.
            assert min(counts.values()) >= 20, counts
            assert min(acts.values()) >= 10, acts

    run(scenario())


async def check_roll_ups(connection):
    """Late postings came into rolled days: their roll-ups equal the sums of the transfers."""
    rolled = await connection.fetch(
        "SELECT account, business_date, debit_minor, credit_minor, closing_minor,"
        " cardinality(transfers) FROM ledger.day_balance ORDER BY 1, 2"
    )
    summed = await connection.fetch(
        "SELECT account, business_date, sum(debit_minor), sum(credit_minor),"
        " sum(credit_minor - debit_minor), count(*) FROM ledger.leg"
        " WHERE business_date < $1 GROUP BY account, business_date ORDER BY 1, 2",
        DAY,
    )
    assert len(rolled) > 3
    assert [tuple(row) for row in rolled] == [tuple(row) for row in summed]
    by_kind = await connection.fetch(
        "SELECT kind, currency, sum(closing_minor) FROM ledger.day_total"
        " WHERE business_date = $1 GROUP BY 1, 2 ORDER BY 1, 2",
        DAY - timedelta(1),
    )
    legs = await connection.fetch(
        "SELECT kind, currency, sum(credit_minor - debit_minor) FROM ledger.leg l"
        " JOIN ledger.account a ON a.id = l.account WHERE business_date < $1"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        DAY,
    )
    assert [tuple(row) for row in by_kind] == [tuple(row) for row in legs]


def test_the_table_of_forbidden_flows_says_what_the_rules_say(run, database_url):
    async def scenario():
        async with open_books(database_url) as connection:
            rows = await connection.fetch(
                "SELECT code, debit_kind, credit_kind FROM ledger.forbidden_flow"
            )
            found = {tuple(row) for row in rows}
            for debit, credit, code in product(AccountKind, AccountKind, (0, 12, 30, 40, 60)):
                is_found = {(0, debit, credit), (code, debit, credit)} & found
                assert bool(is_found) == is_forbidden(debit, credit, code), (debit, credit, code)

    run(scenario())


def test_the_chart_of_accounts_has_a_name_for_every_kind(run, database_url):
    async def scenario():
        async with open_books(database_url) as connection:
            rows = await connection.fetch("SELECT kind, name FROM ledger.account_kind")
            assert {row["kind"]: row["name"].upper() for row in rows} == {
                kind.value: kind.name for kind in AccountKind
            }

    run(scenario())


def refused(run, database_url, batch, cell=0, day=DAY):
    """Post `batch` on fresh accounts, prove that nothing changed, return the answers."""

    async def scenario():
        async with open_books(database_url) as connection:
            before = await books(connection)
            answers = await post(connection, batch, cell, day)
            assert await books(connection) == before
            return answers

    return run(scenario())


@pytest.mark.parametrize(
    ("debit", "credit", "code"),
    [
        (4, 6, 40),  # a fee from a borrower to the platform
        (3, 6, 60),  # or through clearing
        (4, 11, 60),  # client money on the platform's own account
        (1, 11, 41),
        (6, 4, 12),  # the platform pays out no loan
        (3, 5, 12),  # a disbursement ends with a borrower or a merchant
        (8, 4, 12),  # and begins with a lender
        (4, 9, 30),  # a repayment goes to a lender or the custodian
    ],
)
def test_a_flow_that_the_law_forbids_is_refused_by_the_books(
    run, database_url, debit, credit, code
):
    assert refused(run, database_url, [Asked(1, debit, credit, 100, code)]) == [7]


def test_a_reversal_cannot_go_a_forbidden_way_either(run, database_url):
    async def scenario():
        async with open_books(database_url) as connection:
            paid = [Asked(1, 1, 6, 50, 40), Asked(2, 6, 9, 20)]
            assert await post(connection, paid) == [0, 0]
            before = await books(connection)
            back = Asked(3, 9, 6, 20, 61, act=Act.REVERSAL, original=2)
            assert await post(connection, [back]) == [7]
            assert await books(connection) == before

    run(scenario())


def test_one_short_member_fails_its_whole_linked_group(run, database_url):
    batch = [Asked(1, 1, 3, 300, 10, 9), Asked(2, 2, 3, 51, 10, 9), Asked(3, 8, 1, 5, 1, 9)]

    assert refused(run, database_url, batch) == [5, 2, 5]


def test_a_transfer_dated_into_a_closed_period_is_refused(run, database_url):
    assert refused(run, database_url, [Asked(1, 1, 3, 5)], day=CLOSED_ON) == [11]


def test_an_adjustment_of_a_period_that_is_open_is_refused(run, database_url):
    batch = [Asked(1, 1, 3, 5, adjusts=LATE_DAY)]

    assert refused(run, database_url, batch) == [11]


def test_accounts_of_another_cell_are_unknown(run, database_url):
    assert refused(run, database_url, [Asked(1, 1, 3, 1, 10)], cell=1) == [4]


def test_an_empty_batch_has_an_empty_answer(run, database_url):
    assert refused(run, database_url, []) == []


def test_a_batch_of_4096_posts_and_one_more_is_an_error(run, database_url):
    async def scenario():
        async with open_books(database_url) as connection:
            batch = [Asked(n, 8, 4, 1) for n in range(1, 4098)]
            with pytest.raises(asyncpg.DataError):
                await post(connection, batch)
            nothing = await books(connection)
            answers = await post(connection, batch[:-1])
            held, posted, _ = await books(connection)

            assert (nothing[0][4], nothing[1]) == ((0, 0, 0), {})
            assert answers == [0] * 4096
            assert (held[4][0], held[8][0], len(posted)) == (4096, -350 - 4096, 4096)

    run(scenario())


def test_columns_of_different_length_are_an_error(run, database_url):
    async def scenario():
        async with open_books(database_url) as connection:
            full, short = [None] * 4, [[1, 1], [None], [AT], [None]]
            for columns in (
                [[1], [1], [2], [5], [1], [0], [], DAY, AT, *full],
                [[1], [1], [2], [5], [1], [0], [7], DAY, AT, *short],
                [[1], [1], [2], [5], [1], [0], [7], DAY, AT, [1], None, [AT], [None]],
            ):
                with pytest.raises(asyncpg.DataError):
                    await connection.fetchval(POST, 0, *columns)

    run(scenario())
