"""What is asked for again and again reads what is new, however much there was before."""

from __future__ import annotations

import json
from datetime import timedelta

from tongtu.payments.matching import Statement
from tongtu.payments.model import account_of
from tongtu.payments.store import mandate, statement

MANY = 3_000
WINDOW_DAYS = 10
_PAID = """
with paid as (
    insert into payments.instruction (cell, id, kind, state, subject, party, lender, amount_minor,
        value_date, end_to_end_id, next_at, created_at, changed_at, is_booked)
    select 0, n, 'collection', 'settled', n, 1, 1, 100, $1, 'old-' || n, $2, $2, $2, true
    from generate_series(1, $3) n returning id, end_to_end_id
)
insert into payments.entry (cell, reference, end_to_end_id, lender, day, amount_minor, is_return,
    instruction, read_at)
select 0, 'bank-' || id, end_to_end_id, 1, $1, 100, false, id, $2 from paid
"""
_STATEMENT = """
insert into payments.statement values (0, 1, $1, 1, $2, $3, $3, 0, 0, 0)
"""
_SETTLED = """
insert into payments.instruction (cell, id, kind, state, subject, party, lender, amount_minor,
    value_date, end_to_end_id, next_at, created_at, changed_at, is_booked)
values (0, $1, 'collection', 'settled', 9, 1, 1, 100, $2, 'new-' || ($1::int8)::text, $3, $3, $3, true)
"""
_DEBITS = """
with one as (
    insert into payments.mandate (cell, id, party, lender, subject, limit_minor, signed_at)
    values (0, 1, 1, 1, 1, 1000, $1) returning id
)
insert into payments.debit (cell, mandate, nr, loan, due_date, state, next_at, changed_at)
select 0, one.id, n, 1, $2::date + n, 'planned', $1, $1 from one, generate_series(0, $3) n
"""


def _looked_at(plan, relation):
    """Return how many rows of a table a statement has looked at."""
    own = 0
    if plan.get("Relation Name") == relation:
        removed = plan.get("Rows Removed by Filter", 0) + plan.get(
            "Rows Removed by Index Recheck", 0
        )
        own = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return own + sum(_looked_at(part, relation) for part in plan.get("Plans", ()))


async def _explain(connection, asked, *given):
    found = await connection.fetchval(f"explain (analyze, format json) {asked}", *given)
    return json.loads(found)[0]["Plan"]


def test_a_statement_looks_at_what_changed_since_the_one_before_and_misses_nothing(runtime, run):
    now = runtime.clock.now()
    today, long_ago = now.date(), now - timedelta(days=300)
    yesterday = now - timedelta(days=1)

    async def look():
        async with runtime.database.transaction() as connection:
            await connection.execute(_PAID, long_ago.date(), long_ago, MANY)
            await connection.execute(_STATEMENT, account_of(1), yesterday.date(), yesterday)
            # Of an earlier day and settled only after the statement before was asked for; of today;
            # and one that the statement before has found lacking, and named.
            for number, day, at in (
                (10_001, yesterday.date(), yesterday + timedelta(hours=2)),
                (10_002, today, now - timedelta(minutes=5)),
                (10_003, long_ago.date(), long_ago),
            ):
                await connection.execute(_SETTLED, number, day, at)
            await connection.execute("analyze payments.instruction")
            read = Statement(account_of(1), today, now, 0, 0, ())
            lacking = await statement.lacking(
                connection, statement.Read(2, 1, read, now, WINDOW_DAYS)
            )
            since = yesterday - timedelta(days=WINDOW_DAYS)
            given = (1, today, now, yesterday.date(), since, WINDOW_DAYS)
            return lacking, await _explain(connection, statement._LACKING, *given)

    lacking, plan = run(look())

    assert [one.instruction for one in lacking] == [10_001, 10_002]
    assert _looked_at(plan, "instruction") <= 10


def test_without_a_statement_before_every_payment_is_looked_at(runtime, run):
    now = runtime.clock.now()
    long_ago = now - timedelta(days=300)

    async def look():
        async with runtime.database.transaction() as connection:
            await connection.execute(_SETTLED, 10_003, long_ago.date(), long_ago)
            read = Statement(account_of(1), now.date(), now, 0, 0, ())
            return await statement.lacking(connection, statement.Read(2, 1, read, now, WINDOW_DAYS))

    assert [one.instruction for one in run(look())] == [10_003]


def test_a_debit_that_is_due_is_found_without_looking_at_those_of_years_to_come(runtime, run):
    at = runtime.clock.now()

    async def take():
        async with runtime.database.transaction() as connection:
            await connection.execute(_DEBITS, at, at.date(), MANY)
            await connection.execute("analyze payments.debit")
            plan = await _explain(connection, mandate._TAKE, at.date(), at)
            return plan, await mandate.take_debit(connection, at.date(), at)

    plan, found = run(take())

    assert (found.nr, found.due_date) == (0, at.date())
    assert _looked_at(plan, "debit") <= 10
