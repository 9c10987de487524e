"""The decision lane over a real database, with parties written as identity would hold them."""

from dataclasses import dataclass, field
from datetime import date

import pytest
from tests.loaded import shipped_engine

from tongtu.funding.api import Opening, open_lenders, reserve_quota
from tongtu.identity.api import Caller, CommandKey, Role
from tongtu.journey.api import Asked, apply, decision_lane
from tongtu.origination.api import Declared, load_desk
from tongtu.tables.api import rules_root

BUSINESS_DATE = date(2026, 11, 24)
ALL_CONSENTS = 0b111 | sum(1 << (8 + number) for number in range(1, 8))
STATED = Declared(
    income_minor=1_000_000,
    expenses_minor=300_000,
    assets_minor=5_000_000,
    debt_minor=0,
    price_minor=4_000_000,
    seniority_years=6,
    home="owner",
    job="fixed",
    records=False,
)
ASKED = Asked(
    key="key-00000001",
    body_hash=b"a" * 32,
    product="consumer_cash",
    amount_minor=3_000_000,
    tenor_months=24,
    purpose="goods",
    device="device-1",
    address="",
    declared=STATED,
)


@dataclass
class House:
    """What applying and accepting need, and the short ways the tests take."""

    runtime: object
    decisions: object
    run: object
    bureau: object = None
    informants: object = field(default_factory=dict)

    @property
    def desk(self):
        return load_desk(rules_root())

    @property
    def pack(self):
        return self.decisions.engine.pack

    def borrower(self, consents=ALL_CONSENTS, shard=7):
        """Open an identified adult with these consents; return its caller."""
        party = self.runtime.ids.new(shard)
        cell = self.runtime.cell(party)
        self.execute(
            "insert into identity.party (cell, id, is_identified, adult_on, consent_mask, opened_at)"
            " values ($1, $2, true, $3, $4, $5)",
            cell,
            party,
            date(2000, 1, 1),
            consents,
            self.runtime.clock.now(),
        )
        return Caller(Role.BORROWER, party, 0, cell)

    def apply(self, caller, **changes):
        return self.run(apply(self, caller, ASKED._replace(**changes)))

    def asked(self, **changes):
        return ASKED._replace(**changes)

    async def take(self, program, amount_minor):
        """Reserve of a program's quota as another process would."""
        async with self.runtime.database.transaction() as connection:
            await reserve_quota(connection, 0, BUSINESS_DATE, {program: amount_minor})

    async def withdraw(self, party, bits):
        """Take consents off a party as another process would."""
        async with self.runtime.database.transaction() as connection:
            await connection.execute(
                "update identity.party set consent_mask = consent_mask & ~$2::int8 where id = $1",
                party,
                bits,
            )

    def execute(self, statement, *values):
        async def work():
            async with self.runtime.database.transaction() as connection:
                await connection.execute(statement, *values)

        self.run(work())

    def value(self, query, *values):
        async def work():
            async with self.runtime.database.reading() as connection:
                return await connection.fetchval(query, *values)

        return self.run(work())

    def rows(self, query, *values):
        async def work():
            async with self.runtime.database.reading() as connection:
                return [tuple(row) for row in await connection.fetch(query, *values)]

        return self.run(work())

    def reserved(self):
        """Return what is reserved of each program that has anything reserved."""
        return dict(
            self.rows("select program, reserved_minor from funding.quota where reserved_minor > 0")
        )

    def counts(self):
        """Return how many rows stand wherever a decision leaves one."""
        tables = (
            "origination.application",
            "origination.decision",
            "runtime.command",
            "runtime.outbox",
            "process.instance",
            "process.step_taken",
            "evidence.batch",
            "identity.consent_use",
        )
        return {name: self.value(f"select count(*) from {name}") for name in tables}


@pytest.fixture
def engine(runtime):
    return shipped_engine(runtime.public)


@pytest.fixture
def opened(run, engine):
    """Open lenders and a lane over a runtime; every lane is stopped at the end."""
    lanes = []

    async def open_all(runtime):
        async with runtime.database.transaction() as connection:
            opening = Opening(BUSINESS_DATE, runtime.clock.now(), runtime.settings.cells)
            await open_lenders(connection, engine.book, opening)
        lanes.append(decision_lane(runtime, engine))
        await lanes[-1].start()
        return House(runtime, lanes[-1], run)

    yield lambda runtime: run(open_all(runtime))
    for lane in lanes:
        run(lane.stop())


@pytest.fixture
def house(runtime, opened):
    return opened(runtime)


@pytest.fixture
def key():
    numbers = iter(range(1, 1_000))
    return lambda: CommandKey(f"accept-{next(numbers):08d}", b"b" * 32)
