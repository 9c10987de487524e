"""A database of an older release, with rows in it, comes to the newest schema and keeps them."""

from __future__ import annotations

import json
import shutil
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
from tongtu.servicing.api import (
    EventKind,
    FrozenTerms,
    LoanEvent,
    Planned,
    Withdrawal,
    close_cell,
    fold,
    standards_of,
)
from tongtu.servicing.rules.snapshot import SIGNED_RATE_LAYOUT, pack

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


class Withdrawn:
    """A loan withdrawn from on its third day, as a release without a last day left it."""

    def __init__(self, number, opened):
        self.number, self.opened, on = number, opened, opened + timedelta(days=3)
        dues = [opened + timedelta(days=days) for days in (0, 28, 59, 89)]
        rows = tuple(
            Planned(nr, dues[nr - 1], dues[nr], 1_000_000, interest, 3_000)
            for nr, interest in ((1, 18_000), (2, 12_000), (3, 6_000))
        )
        self.terms, self.on = FrozenTerms(3_000_000, 720, 1_080, rows), on
        self.events = [
            LoanEvent(1, EventKind.DISBURSED, opened, opened, 3_000_000, number),
            LoanEvent(2, EventKind.WITHDRAWN, on, on, 3_000_000, None, Withdrawal(True)),
        ]

    async def fill(self, connection):
        # That release's snapshots had the rate as signed, whatever unwound it.
        state = replace(fold(self.terms, self.events, self.on), overdue_rate_bps=1_080)
        snapshot = SIGNED_RATE_LAYOUT.to_bytes(8, "little") + pack(state)[8:]
        own = {"opened_on": self.opened, "marked_on": self.on - timedelta(days=1),
               "marked_interest_minor": 1_286, "terms": self.terms.to_json(), "seq": 2,
               "principal_minor": 3_000_000, "outstanding_minor": 3_000_000,
               "snapshot": snapshot}  # fmt: skip
        await put(connection, "servicing.loan", id=self.number, agreement=self.number, **LOAN | own)
        for event, details in zip(self.events, (None, '{"is_interest_owed": true}'), strict=True):
            told = {"loan": self.number, "seq": event.seq, "kind": event.kind.value,
                    "amount_minor": event.amount_minor, "payment": event.payment,
                    "value_date": event.value_date, "business_date": event.business_date,
                    "details": details}  # fmt: skip
            await put(connection, "servicing.loan_event", cell=0, **told)


def test_days_close_over_loans_withdrawn_from_before_there_was_a_last_day_to_pay_back(
    old, run, tmp_path
):
    run(migrate(old, NO_LAST_DAY))
    loans = Withdrawn(11, DAY - timedelta(days=10)), Withdrawn(12, DAY - timedelta(days=40))
    before = DAY - timedelta(days=1)

    async def fill_old():
        async with old.transaction() as connection:
            for loan in loans:
                await loan.fill(connection)
            await put(connection, "servicing.control", cell=0, lender=1, product="consumer_cash")
            closed = {"business_date": before, "step": "closed", "body": "{}"}
            await put(connection, "servicing.day_end", cell=0, **closed)

    run(fill_old())
    run(migrate(old))
    runtime = _runtime(old, tmp_path)
    claims = Account(0, AccountKind.LENDER_CLAIMS, 1)
    principal = Account(0, AccountKind.LOAN_PRINCIPAL, 1, "consumer_cash")
    interest = Account(0, AccountKind.LOAN_INTEREST, 1, "consumer_cash")
    # As the old day ends posted it by the day before: 9 of 28 days of 18,000; and 18,000, 11 of 31
    # days of 12,000, and 11 days of 1,000,000 at 10.8 % that the borrower never owed.
    accrued = 5_786 + 18_000 + 4_258 + 3_300

    async def post_old():
        async with old.transaction() as connection:
            await open_business_day(connection, DAY)
            await open_accounts(connection, [claims, principal, interest])
            posted = [
                Transfer(runtime.ids.new(0), claims.id, account.id, amount, code)
                for account, amount, code in (
                    (principal, 6_000_000, Code.DISBURSEMENT_CLAIM),
                    (interest, accrued, Code.ACCRUAL_INTEREST),
                )
            ]
            await post(connection, 0, posted, before, AT)

    def close(day):
        closed = run(close_cell(runtime, 0, day, standards_of(Pack.load("cn/2026.08"), day)))
        line = closed.lines[0]
        return line.principal_minor, line.interest_minor, line.accrued_interest_minor

    run(post_old())

    first = 6_429 + 18_000 + 4_645
    assert close(DAY) == (6_000_000, first, first - accrued)
    # What was put right once is not put right again, though all loans are read anew.
    shutil.rmtree(tmp_path / "segments")
    second = 7_071 + 18_000 + 5_032
    assert close(DAY + timedelta(days=1)) == (6_000_000, second, second - first)


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
