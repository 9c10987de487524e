"""A database of an older release, with rows in it, comes to the newest schema and keeps them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tongtu.kernel.clock import FixedClock
from tongtu.kernel.ids import IdSource, PublicIds
from tongtu.ledger.api import Account, AccountKind, Code, Transfer, open_accounts, post
from tongtu.policy.api import Pack
from tongtu.runtime.api import (
    PUBLIC_ID_KEY,
    Database,
    Keys,
    Runtime,
    SeededEntropy,
    Settings,
    migrate,
    open_business_day,
)
from tongtu.servicing.api import FrozenTerms, Planned, close_cell, standards_of

# The last schema before the one in which money beyond a debt goes back by itself.
OLD = "0142"
# The last one in which a contract was withdrawn from without a last day to pay back.
NO_LAST_DAY = "0173"
AT, DAY = datetime(2026, 11, 1, 4, tzinfo=UTC), date(2026, 11, 1)
TERMS = json.dumps({"overdue_rate_bps": 1_080})
# What a column may hold that nobody looks at, by its type.
ANY = {
    "smallint": 0, "integer": 1, "bigint": 1, "text": "x", "boolean": False, "date": DAY,
    "timestamp with time zone": AT, "bytea": b"\x01" * 32, "jsonb": "[]", "json": "{}",
    "ARRAY": [],
}  # fmt: skip
NEEDED = """
select column_name, data_type from information_schema.columns
where table_schema = $1 and table_name = $2 and is_nullable = 'NO' and column_default is null
    and is_generated = 'NEVER' and is_identity = 'NO'
"""
LOAN = {
    "cell": 0, "party": 7, "lender": 1, "program": 101, "product": "consumer_cash",
    "principal_minor": 500_000, "terms": TERMS, "status": "live", "outstanding_minor": 500_000,
}  # fmt: skip
EVENT = {"cell": 0, "seq": 1, "kind": "disbursed", "amount_minor": 500_000, "payment": 1}
FACILITY = {
    "cell": 0, "id": 31, "lender": 1, "product": "credit_line", "granted_limit_minor": 2_000_000,
    "limit_minor": 2_000_000, "agreement": 9, "party": 7, "granted_rate_bps": 720,
}  # fmt: skip


@pytest.fixture
def old(postgres, administer, run):
    """Give a database as a release of before left it."""
    administer("create database of_before")
    database = Database(postgres.address("of_before"), pool_max=2)
    run(migrate(database, OLD))
    run(database.open())
    yield database
    run(database.close())
    administer("drop database of_before with (force)")


async def put(connection, table, **values):
    """Write a row, with something in every column that must have one."""
    schema, name = table.split(".")
    needed = await connection.fetch(NEEDED, schema, name)
    row = {one["column_name"]: ANY[one["data_type"]] for one in needed} | values
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await connection.execute(
        f"insert into {table} ({', '.join(row)}) values ({places})", *row.values()
    )


async def fill(connection):
    """Write rows of each table that a later schema alters or reads."""
    await put(connection, "servicing.loan", id=11, agreement=11, **LOAN)
    await put(connection, "servicing.loan", id=12, agreement=12, **LOAN | {"lender": 3})
    surplus = json.dumps([["surplus", 0, 700]])
    await put(connection, "servicing.loan_event", loan=11, **EVENT)
    await put(
        connection, "servicing.loan_event", loan=12,
        **EVENT | {"seq": 2, "kind": "repaid", "payment": 2, "parts": surplus},
    )  # fmt: skip
    await put(connection, "servicing.control", cell=0, lender=1, product="consumer_cash")
    await put(connection, "servicing.control", cell=0, lender=4, product="consumer_cash")
    await put(connection, "servicing.facility", **FACILITY)
    await put(connection, "identity.token", role="borrower", hash=b"\x02" * 32, revoked_at=AT)
    await put(connection, "identity.token", role="clerk", hash=b"\x03" * 32)
    await put(connection, "process.instance", cell=0, id=21, seq=2, state="active", step="offers")
    await put(connection, "process.event", cell=0, instance=21, seq=1, step="offers")


async def ask(database, statement):
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.fetch(statement)]


COUNTED = (
    "servicing.loan", "servicing.loan_event", "servicing.control", "servicing.facility",
    "identity.token", "process.instance", "process.event", "ledger.forbidden_flow",
)  # fmt: skip


def test_an_old_database_with_rows_comes_to_the_newest_schema_and_keeps_every_row(old, run):
    async def write():
        async with old.transaction() as connection:
            await fill(connection)

    run(write())
    columns = {table: run(_columns(old, table)) for table in COUNTED}
    before = {
        table: run(ask(old, f"select {columns[table]} from {table} order by 1, 2, 3"))
        for table in COUNTED
    }

    reached = run(migrate(old))

    assert run(ask(old, "select version_num from alembic_version")) == [(reached,)]
    assert reached > OLD
    for table in COUNTED:
        kept = run(ask(old, f"select {columns[table]} from {table} order by 1, 2, 3"))
        assert kept == before[table], table
    # What the way there had to make of what it found.
    assert run(ask(old, "select loan from servicing.credit_balance")) == [(12,)]
    rates = "select lender, overdue_rate_max_bps from servicing.control order by 1"
    assert run(ask(old, rates)) == [(1, 1_080), (4, 0)]
    assert run(ask(old, "select instance, seq, step from process.step_taken")) == [
        (21, 1, "offers")
    ]
    assert run(ask(old, "select id, reviewed_on from servicing.facility")) == [(31, None)]


def test_an_upgrade_of_what_is_newest_changes_nothing(old, run):
    run(migrate(old))
    tables = "select count(*) from information_schema.columns"
    before = run(ask(old, tables))

    assert run(migrate(old)) == run(migrate(old))
    assert run(ask(old, tables)) == before


def test_a_day_closes_over_a_loan_withdrawn_from_before_there_was_a_last_day_to_pay_back(
    old, run, tmp_path
):
    opened = DAY - timedelta(days=10)
    dues = [opened + timedelta(days=days) for days in (0, 28, 59, 89)]
    rows = tuple(
        Planned(nr, dues[nr - 1], dues[nr], 1_000_000, interest, 3_000)
        for nr, interest in ((1, 18_000), (2, 12_000), (3, 6_000))
    )
    terms = FrozenTerms(3_000_000, 720, 1_080, rows).to_json()
    run(migrate(old, NO_LAST_DAY))

    async def fill_old():
        async with old.transaction() as connection:
            mark = opened + timedelta(days=2)
            await put(
                connection, "servicing.loan", id=11, agreement=11, opened_on=opened, marked_on=mark,
                **LOAN | {"principal_minor": 3_000_000, "outstanding_minor": 3_000_000,
                          "terms": terms, "seq": 2, "marked_interest_minor": 1_286,
                          "snapshot": (3).to_bytes(8, "little")},
            )  # fmt: skip
            lent = EVENT | {"loan": 11, "amount_minor": 3_000_000, "value_date": opened}
            await put(connection, "servicing.loan_event", business_date=opened, **lent)
            day = opened + timedelta(days=3)
            withdrawn = {"kind": "withdrawn", "seq": 2, "payment": None, "value_date": day}
            told = withdrawn | {"business_date": day, "details": '{"is_interest_owed": true}'}
            await put(connection, "servicing.loan_event", **lent | told)
            await put(connection, "servicing.control", cell=0, lender=1, product="consumer_cash")
            closed = {"business_date": DAY - timedelta(days=1), "step": "closed", "body": "{}"}
            await put(connection, "servicing.day_end", cell=0, **closed)

    run(fill_old())
    run(migrate(old))
    runtime = _runtime(old, tmp_path)
    kinds = AccountKind.LENDER_CLAIMS, AccountKind.LOAN_PRINCIPAL, AccountKind.LOAN_INTEREST
    claims, principal, interest = (
        Account(0, kind, 1, "consumer_cash" if kind in kinds[1:] else None) for kind in kinds
    )

    async def close():
        async with old.transaction() as connection:
            await open_business_day(connection, DAY)
            await open_accounts(connection, [claims, principal, interest])
            # What the old release's day ends posted by the ninth day: 9 of 28 days of 18,000.
            posted = [
                Transfer(runtime.ids.new(0), claims.id, account.id, amount, code)
                for account, amount, code in (
                    (principal, 3_000_000, Code.DISBURSEMENT_CLAIM),
                    (interest, 5_786, Code.ACCRUAL_INTEREST),
                )
            ]
            await post(connection, 0, posted, DAY - timedelta(days=1), AT)
        return await close_cell(runtime, 0, DAY, standards_of(Pack.load("cn/2026.08"), DAY))

    line = run(close()).lines[0]

    assert (line.principal_minor, line.interest_minor, line.accrued_interest_minor) == (
        3_000_000, 6_429, 643,
    )  # fmt: skip


NOT_LOOKED_AT = """
select conname from pg_constraint where not convalidated
    and conname in ('loan_event_kind_check', 'background_verified_check', 'background_check1')
"""


def test_a_check_on_a_table_with_rows_looks_at_them_in_a_migration_of_its_own(old, run):
    run(migrate(old, "0196"))
    added = run(ask(old, NOT_LOOKED_AT))

    run(migrate(old))

    assert sorted(added) == [
        ("background_check1",), ("background_verified_check",), ("loan_event_kind_check",),
    ]  # fmt: skip
    assert run(ask(old, NOT_LOOKED_AT)) == []


def _runtime(database, home):
    clock, entropy = FixedClock(), SeededEntropy(20261101)
    keys = Keys(entropy.bytes(32), entropy)
    return Runtime(
        settings=replace(Settings(), home=home, demo=True),
        database=database,
        clock=clock,
        ids=IdSource(lambda: int(clock.now().timestamp() * 1000)),
        public=PublicIds(keys.derive(PUBLIC_ID_KEY)),
        keys=keys,
        entropy=entropy,
    )


async def _columns(database, table):
    schema, name = table.split(".")
    rows = await ask(
        database,
        "select column_name from information_schema.columns where table_schema = "
        f"'{schema}' and table_name = '{name}' order by ordinal_position",
    )
    return ", ".join(row[0] for row in rows)
