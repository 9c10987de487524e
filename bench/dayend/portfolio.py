"""A synthetic loan book: some thousand loans as the fold makes them, each of them many times.

Due dates are spread over the month, one loan in twenty is late; on each day all but three in a
hundred of those that fall due are paid.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from bench.dayend.sides import STATEMENT_S

from tongtu.kernel.ids import TransferId
from tongtu.ledger.api import Account, AccountKind, Code, Transfer, open_accounts, post
from tongtu.runtime.api import Runtime
from tongtu.servicing.flow.books import Accounts, Group, accrue
from tongtu.servicing.model import EventKind, FrozenTerms, LoanEvent, Planned
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.postings import difference
from tongtu.servicing.rules.snapshot import pack
from tongtu.terms.api import LoanTerms, monthly_fee, schedule

CELL = 0
LENDERS = 20
PRODUCTS = ("consumer_cash", "goods_instalment")
DAYS, KINDS = 30, 40  # due days of the month, loans of each: 1,200 distinct loans
ONE_DAY = timedelta(days=1)
ID_STEP = 1 << 22
FILL_LOANS = 250_000  # of one statement
INDEX_MEMORY = "1GB"  # sorts an index of ten million rows without a file
# A server that keeps the log only for its own recovery writes no log of a table that the same
# transaction has made anew: the book is filled several times as fast, and as durable at its commit.
FILLING = {"wal_level": "minimal", "max_wal_senders": "0"}

_STENCIL = """
create table bench_stencil (k int4 primary key, lender int2, product text, principal_minor int8,
    terms text, opened_on date, snapshot bytea, interest_minor int8, fee_minor int8,
    outstanding_minor int8)
"""
_FILL = """
insert into servicing.loan (cell, id, party, application, agreement, lender, program, product,
    principal_minor, terms, opened_on, status, seq, snapshot, marked_on, marked_interest_minor,
    marked_fee_minor, outstanding_minor, opened_at)
select 0, g * {step}::int8, g, g, g, s.lender, 1, s.product, s.principal_minor, s.terms,
    s.opened_on, 'live', 1, s.snapshot, $1, s.interest_minor, s.fee_minor, s.outstanding_minor, $2
from generate_series($3::int8, $4::int8) g join bench_stencil s on s.k = g % {kinds}
"""
_PAID = """
with paid as (
    update servicing.loan l set seq = l.seq + 1, snapshot = p.snapshot, marked_on = $1,
        marked_interest_minor = p.interest_minor, marked_fee_minor = p.fee_minor,
        outstanding_minor = p.outstanding_minor
    from (select g * {step}::int8 as id, s.* from bench_paid s
        cross join generate_series(0, $3::int8 / {kinds}) n
        cross join lateral (select n * {kinds} + s.k as g) x where g between 1 and $3
            and n % 33 <> 0) p
    where l.cell = 0 and l.id = p.id returning l.id, l.seq, p.k
)
insert into servicing.loan_event (cell, loan, seq, kind, value_date, business_date, amount_minor,
    payment, parts, salt, at)
select 0, id, seq, 'repaid', $2, $2, 1, id + seq, '[]', 'bench', $4 from paid returning loan
"""
_INDEXES = """
select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as made
from pg_index i where i.indrelid = 'servicing.loan'::regclass and not i.indisunique
"""
_LOOK = "select sum(length(snapshot)) from servicing.loan where cell = 0 and id = any ($1)"


@dataclass(slots=True)
class Stencil:
    """A loan that stands for many."""

    k: int
    lender: int
    product: str
    terms: FrozenTerms
    events: list[LoanEvent]
    late: int  # instalments it leaves unpaid

    def pay(self, day: date) -> None:
        """Pay on `day` what is due, if anything is."""
        state = fold(self.terms, self.events, day)
        due = sum(row.unpaid_minor for row in state.rows if row.due_date <= day)
        if due:
            amount = due + state.overdue_interest_minor
            seq = len(self.events) + 2
            self.events.append(LoanEvent(seq, EventKind.REPAID, day, day, amount, seq))


class Portfolio:
    """The book: `loans` of them, standing at the end of the day before `first`."""

    def __init__(self, runtime: Runtime, loans: int, first: date, seed: int) -> None:
        self._runtime, self._loans, self._first = runtime, loans, first
        dice = random.Random(seed)
        self._stencils = [self._stencil(k, dice) for k in range(DAYS * KINDS)]
        self._numbers = count(1)

    async def fill(self) -> None:
        """Write all loans, and the balances that they come to."""
        eve, at = self._first - ONE_DAY, self._runtime.clock.now()
        await self._write("bench_stencil", self._stencils, eve)
        connection = await self._connect()
        try:
            await connection.execute(
                "insert into servicing.control select distinct 0, lender, product"
                " from bench_stencil"
            )
            async with connection.transaction():
                await self._fill(connection, eve, at)
            await connection.execute("analyze servicing.loan", timeout=STATEMENT_S)
        finally:
            await connection.close()
        opened = [fold(one.terms, one.events, eve) for one in self._stencils]
        moves = [
            (one, (state.outstanding_minor, state.interest_minor, state.fee_minor))
            for one, state in zip(self._stencils, opened, strict=True)
        ]
        async with self._runtime.database.transaction() as connection:
            for one in self._stencils:
                await open_accounts(
                    connection,
                    [Account(CELL, AccountKind.LENDER_CLAIMS, one.lender),
                     *Accounts(CELL, one.lender, one.product).controls],
                )  # fmt: skip
        await self._post(moves, self._counts(lambda _: True), eve)

    async def _fill(self, connection, eve: date, at: datetime) -> None:
        """Write all loans into the table made anew, then its indexes."""
        indexes = await connection.fetch(_INDEXES)
        for index in indexes:  # made when all rows are in: that is several times as fast
            await connection.execute(f"drop index {index['name']}")
        await connection.execute("cluster servicing.loan using loan_pkey")
        fill = _FILL.format(step=ID_STEP, kinds=DAYS * KINDS)
        for start in range(1, self._loans + 1, FILL_LOANS):
            end = min(start + FILL_LOANS - 1, self._loans)
            await connection.execute(fill, eve, at, start, end, timeout=STATEMENT_S)
        await connection.execute(f"set local maintenance_work_mem = '{INDEX_MEMORY}'")
        for index in indexes:
            await connection.execute(index["made"], timeout=STATEMENT_S)

    async def pay(self, day: date) -> int:
        """Let those that fall due on `day` be paid; return how many loans those are."""
        eve, paying = day - ONE_DAY, []
        moves = []
        for one in self._stencils:
            if one.late or not any(row.due_date == day for row in one.terms.rows):
                continue
            before = fold(one.terms, one.events, eve)
            one.pay(day)
            moved = difference(before, fold(one.terms, one.events, eve))
            paying.append(one)
            moves.append(
                (one, (-moved.paid_principal_minor,
                       moved.accrued_interest_minor - moved.paid_interest_minor,
                       moved.accrued_fee_minor - moved.paid_fee_minor))
            )  # fmt: skip
        await self._write("bench_paid", paying, day, eve)
        connection = await self._connect()
        try:
            statement = _PAID.format(step=ID_STEP, kinds=DAYS * KINDS)
            found = await connection.fetch(
                statement, eve, day, self._loans, self._runtime.clock.now(), timeout=STATEMENT_S
            )
            # Who has paid looks at the loan afterwards; PostgreSQL's first reader of a changed row
            # writes to its page, and that is no part of a day end.
            await connection.execute(_LOOK, [row["loan"] for row in found], timeout=STATEMENT_S)
        finally:
            await connection.close()
        counts = self._counts(lambda n: n % 33 != 0)
        await self._post(moves, counts, day)
        if len(found) != sum(counts[one.k] for one in paying):
            raise RuntimeError("the payments written are not those that were counted")
        return len(found)

    def _counts(self, is_in) -> dict[int, int]:
        """Return how many loans each stencil stands for; loan g is the (g // kinds)th of its."""
        kinds = DAYS * KINDS
        counts = dict.fromkeys(range(kinds), 0)
        for n in range(self._loans // kinds + 1):
            if is_in(n):
                for k in range(kinds):
                    counts[k] += 1 <= n * kinds + k <= self._loans
        return counts

    async def _post(self, moves, counts: dict[int, int], day: date) -> None:
        sums: dict[tuple[int, str], list[int]] = {}
        for one, figures in moves:
            line = sums.setdefault((one.lender, one.product), [0, 0, 0])
            for place, figure in enumerate(figures):
                line[place] += figure * counts[one.k]
        transfers: list[Transfer] = []
        for (lender, product), (principal, interest, fee) in sums.items():
            at = Accounts(CELL, lender, product)
            group = Group((TransferId(next(self._numbers)) for _ in range(9)), 0)
            accrue(group, at, interest, fee)
            group.add(Code.DISBURSEMENT_CLAIM, at.claims, at.principal, principal)
            transfers += group.transfers
        async with self._runtime.database.transaction() as connection:
            at = self._runtime.clock.now()
            answers = await post(connection, CELL, transfers, day, at)
            if not all(answer.has_effect for answer in answers):
                raise RuntimeError(f"the ledger refused the bench's books: {answers}")

    async def _write(self, table: str, stencils, day: date, marked: date | None = None) -> None:
        rows = []
        for one in stencils:
            state = fold(one.terms, one.events, day)
            mark = fold(one.terms, one.events, marked or day)
            rows.append(
                (one.k, one.lender, one.product, one.terms.principal_minor, one.terms.to_json(),
                 one.terms.opened_on, pack(state), mark.interest_minor, mark.fee_minor,
                 state.outstanding_minor)
            )  # fmt: skip
        async with self._runtime.database.transaction() as connection:
            await connection.execute(f"drop table if exists {table}")
            await connection.execute(_STENCIL.replace("bench_stencil", table))
            await connection.copy_records_to_table(table, records=rows)
            await connection.execute(f"analyze {table}")

    async def _connect(self):
        connection = await self._runtime.database.lane_connection()
        await connection.execute("set statement_timeout = 0; set plan_cache_mode = auto")
        return connection

    def _stencil(self, k: int, dice: random.Random) -> Stencil:
        offset, kind = divmod(k, KINDS)
        paid = dice.randrange(1, 6)
        late = {0: 1, 1: dice.choice([2, 3, 4])}.get(kind, 0)
        opened = self._first - timedelta(days=offset + 30 * (paid + late) + 2 * late)
        tenor = dice.choice([12, 12, 24]) if late else dice.choice([6, 12, 12, 24])
        agreed = LoanTerms(
            dice.randrange(20, 2_000) * 10_000, dice.randrange(600, 2_000), tenor, opened,
            fees=monthly_fee(dice.choice([0, 0, 1_500])),
        )  # fmt: skip
        rows, start = [], opened
        for row in schedule(agreed).rows:
            amounts = (row.principal_minor, row.interest_minor, row.fee_minor)
            rows.append(Planned(row.nr, start, row.due_date, *amounts))
            start = row.due_date
        terms = FrozenTerms(
            agreed.principal_minor, agreed.rate_bps, agreed.rate_bps * 3 // 2, tuple(rows)
        )
        one = Stencil(k, 1 + k % LENDERS, PRODUCTS[k % 2], terms, [], late)
        for row in rows:
            if row.due_date < self._first and row.nr <= (paid if late else tenor):
                one.pay(row.due_date)
        return one
