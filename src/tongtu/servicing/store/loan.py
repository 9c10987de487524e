"""Loans and their events: rows in, values out. Every read for a person names the caller."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongtu.funding.api import Shares
from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import NotFound
from tongtu.runtime.api import Connection
from tongtu.servicing.model import EventKind, FrozenTerms, LoanEvent, LoanStatus, Part
from tongtu.servicing.model.details import details_json, details_of
from tongtu.servicing.store.day import open_control

# Staff who may look at single loans; an analyst sees figures only.
_READERS = frozenset({Role.CLERK, Role.OPERATOR, Role.REGULATOR})
_FIELDS = """cell, id, party, application, agreement, lender, program, product, terms, status,
    settled_on, seq, outstanding_minor, opened_at, merchant"""

# A lender sees what it lends or leads, and the joint loans it has a share of.
_FUNDED = """($4::int8 IS NULL OR lender = $4 OR EXISTS (
    SELECT FROM servicing.share s WHERE s.cell = $1 AND s.loan = id AND s.lender = $4))"""

_INSERT = """
INSERT INTO servicing.loan (cell, id, party, application, agreement, lender, program, product,
    principal_minor, terms, opened_on, status, seq, snapshot, marked_on, marked_interest_minor,
    marked_fee_minor, outstanding_minor, opened_at, merchant)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'live', 1, $12, $13, 0, 0, $9, $14, $15)
"""
_EVENT = """
INSERT INTO servicing.loan_event (cell, loan, seq, kind, value_date, business_date, amount_minor,
    payment, parts, salt, at, details)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12::jsonb)
"""
_ADVANCE = """
UPDATE servicing.loan SET seq = $3, status = $4, settled_on = $5, snapshot = $6, marked_on = $7,
    marked_interest_minor = $8, marked_fee_minor = $9, outstanding_minor = $10,
    repaid_minor = repaid_minor + $11, off_minor = $12
WHERE cell = $1 AND id = $2 AND seq = $3 - 1
"""
_HELD = f"SELECT {_FIELDS} FROM servicing.loan WHERE cell = $1 AND id = $2 FOR NO KEY UPDATE"
_FIND = f"""
SELECT {_FIELDS} FROM servicing.loan
WHERE cell = $1 AND id = $2 AND ($3::int8 IS NULL OR party = $3) AND {_FUNDED}
"""
_MANY = f"SELECT {_FIELDS} FROM servicing.loan WHERE cell = $1 AND id = ANY ($2)"
_LIST = f"""
SELECT {_FIELDS} FROM servicing.loan
WHERE cell = $1 AND id > $2 AND ($3::int8 IS NULL OR party = $3) AND {_FUNDED}
ORDER BY id LIMIT $5
"""
_EVENTS = """
SELECT loan, seq, kind, value_date, business_date, amount_minor, payment, parts, at, details
FROM servicing.loan_event WHERE cell = $1 AND loan = ANY ($2) ORDER BY loan, seq
"""
_PAYMENTS = """
SELECT payment FROM servicing.loan_event
WHERE cell = $1 AND loan = $2 AND payment IS NOT NULL
"""
_CHOOSE = "INSERT INTO servicing.early_choice (cell, payment, is_shortened) VALUES ($1, $2, $3)"
_CHOSEN = "SELECT is_shortened FROM servicing.early_choice WHERE cell = $1 AND payment = $2"
_OF_APPLICATION = "SELECT id FROM servicing.loan WHERE cell = $1 AND application = $2"
# Reads all cells: the live page's counts.
_LATE = """
select l.application, coalesce(d.bucket, 0) >= $3
       or l.status in ('charged_off', 'written_off') as is_late
  from servicing.loan l left join servicing.delinquency d on d.cell = l.cell and d.loan = l.id
 where l.cell = $1 and l.application = any ($2::int8[])
"""
_PORTFOLIO = """
SELECT count(*) FILTER (WHERE status = 'live') AS live,
    coalesce(sum(outstanding_minor), 0)::int8 AS outstanding_minor,
    coalesce(sum(repaid_minor), 0)::int8 AS repaid_minor,
    (SELECT count(*) FROM servicing.delinquency WHERE bucket > 0) AS overdue
FROM servicing.loan
"""


@dataclass(frozen=True, slots=True)
class LoanRow:
    """A loan as stored, its terms read."""

    cell: int
    id: int
    party: int
    application: int
    agreement: int
    lender: int
    program: int
    product: str
    terms: FrozenTerms
    status: LoanStatus
    settled_on: date | None
    seq: int
    outstanding_minor: int
    opened_at: datetime
    merchant: int = 0


@dataclass(frozen=True, slots=True)
class NewLoan:
    """What a loan is opened from; journey fills it field by field.

    `lender` is the one who lends, or leads a joint loan whose `shares` say who funds it.
    `merchant` is the one its money went to (entrusted payment), 0 where the borrower had it.
    """

    id: int
    party: int
    application: int
    agreement: int
    lender: int
    program: int
    product: str
    terms: FrozenTerms
    shares: Shares | None = None
    merchant: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """How a new loan stands on its first day."""

    snapshot: bytes
    marked_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Entered:
    """An event with what is kept beside it."""

    event: LoanEvent
    parts: tuple[Part, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class After:
    """How a loan's row stands after an event."""

    seq: int
    status: LoanStatus
    settled_on: date | None
    snapshot: bytes
    marked_on: date
    marked_interest_minor: int
    marked_fee_minor: int
    outstanding_minor: int
    received_minor: int
    off_minor: int  # owed outside the controls: charged off or written off


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All loans together; amounts in minor units."""

    live: int
    outstanding_minor: int
    repaid_minor: int
    overdue: int


async def insert(connection: Connection, cell: int, new: NewLoan, opening: Opening) -> None:
    """Write a new live loan and note the control accounts it uses."""
    await connection.execute(
        _INSERT, cell, new.id, new.party, new.application, new.agreement, new.lender, new.program,
        new.product, new.terms.principal_minor, new.terms.to_json(), new.terms.opened_on,
        opening.snapshot, opening.marked_on, opening.at, new.merchant,
    )  # fmt: skip
    await open_control(connection, cell, (new.lender, new.product), new.terms.overdue_rate_bps)


async def insert_event(
    connection: Connection, cell: int, loan: int, entered: Entered, salt: bytes
) -> None:
    """Append an event."""
    event = entered.event
    parts = [[part.nr, part.component.value, part.amount_minor] for part in entered.parts]
    await connection.execute(
        _EVENT, cell, loan, event.seq, event.kind.value, event.value_date, event.business_date,
        event.amount_minor, event.payment, json.dumps(parts), salt, entered.at,
        None if event.details is None else json.dumps(details_json(event.details)),
    )  # fmt: skip


async def advance(connection: Connection, cell: int, loan: int, after: After) -> bool:
    """Write how the loan stands after its event; False when another event came first."""
    status = await connection.execute(
        _ADVANCE, cell, loan, after.seq, after.status.value, after.settled_on, after.snapshot,
        after.marked_on, after.marked_interest_minor, after.marked_fee_minor,
        after.outstanding_minor, after.received_minor, after.off_minor,
    )  # fmt: skip
    return bool(status == "UPDATE 1")


async def hold(connection: Connection, cell: int, loan: int) -> LoanRow:
    """Return the loan, locked for this transaction. Raises NotFound."""
    return _row(await connection.fetchrow(_HELD, cell, loan))


async def find(connection: Connection, cell: int, caller: Caller, loan: int) -> LoanRow:
    """Return a loan the caller may see. Raises NotFound."""
    if (who := scope(caller)) is None:
        raise NotFound("no such loan")
    return _row(await connection.fetchrow(_FIND, cell, loan, *who))


async def find_many(connection: Connection, cell: int, loans: Sequence[int]) -> dict[int, LoanRow]:
    """Return loans by id, for a caller that has named whose they are."""
    rows = [_row(row) for row in await connection.fetch(_MANY, cell, list(loans))]
    return {row.id: row for row in rows}


async def hold_own(connection: Connection, cell: int, caller: Caller, loan: int) -> LoanRow:
    """Return a loan the caller may see, locked for this transaction. Raises NotFound."""
    await find(connection, cell, caller, loan)
    return await hold(connection, cell, loan)


async def page(
    connection: Connection, cell: int, caller: Caller, after: int, limit: int
) -> list[LoanRow]:
    """Return the caller's loans with ids above `after`, oldest first."""
    if (who := scope(caller)) is None:
        return []
    return [_row(row) for row in await connection.fetch(_LIST, cell, after, *who, limit)]


async def events_of(
    connection: Connection, cell: int, loans: Sequence[int]
) -> dict[int, list[Entered]]:
    """Return the events of each loan in order of entry."""
    found: dict[int, list[Entered]] = {loan: [] for loan in loans}
    for row in await connection.fetch(_EVENTS, cell, list(loans)):
        event = LoanEvent(
            row["seq"], EventKind(row["kind"]), row["value_date"], row["business_date"],
            row["amount_minor"], row["payment"],
            details_of(json.loads(row["details"]) if row["details"] else None),
        )  # fmt: skip
        parts = tuple(Part(nr, component, amount) for nr, component, amount in json.loads(
            row["parts"]))  # fmt: skip
        found[row["loan"]].append(Entered(event, parts, row["at"]))
    return found


async def choose_early(
    connection: Connection, cell: int, payment: int, *, is_shortened: bool
) -> None:
    """Keep what the borrower wants of a payment ahead until the bank has confirmed it."""
    await connection.execute(_CHOOSE, cell, payment, is_shortened)


async def early_choice(connection: Connection, cell: int, payment: int) -> bool | None:
    """Return whether a payment ahead ends the loan sooner, lowers it, or (None) pays the next."""
    found: bool | None = await connection.fetchval(_CHOSEN, cell, payment)
    return found


async def entered_payments(connection: Connection, cell: int, loan: int) -> list[int]:
    """Return the payments that stand among a loan's events."""
    return [row["payment"] for row in await connection.fetch(_PAYMENTS, cell, loan)]


async def loan_of(connection: Connection, cell: int, application: int) -> int | None:
    """Return the loan of an application the caller has already been shown, if it has one."""
    found: int | None = await connection.fetchval(_OF_APPLICATION, cell, application)
    return found


async def late_of(
    connection: Connection, cell: int, applications: Sequence[int], bucket: int
) -> dict[int, bool]:
    """Return, of applications that became loans, whether the loan is that late or written down."""
    rows = await connection.fetch(_LATE, cell, applications, bucket)
    return {row["application"]: row["is_late"] for row in rows}


async def portfolio(connection: Connection) -> Portfolio:
    """Return the counts and sums over all loans."""
    row = await connection.fetchrow(_PORTFOLIO)
    assert row is not None
    return Portfolio(*row)


def scope(caller: Caller) -> tuple[int | None, int | None] | None:
    """Return (party, lender) that the caller is confined to; None when loans are not theirs."""
    if caller.role is Role.BORROWER:
        return caller.subject, None
    if caller.role is Role.LENDER:
        return None, caller.organisation
    return (None, None) if caller.role in _READERS else None


def _row(row: Any) -> LoanRow:
    if row is None:
        raise NotFound("no such loan")
    values = dict(row.items())
    values["terms"] = FrozenTerms.from_json(values["terms"])
    values["status"] = LoanStatus(values["status"])
    return LoanRow(**values)
