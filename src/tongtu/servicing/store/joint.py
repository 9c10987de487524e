"""Joint loans as rows: shares, running totals, and what a guarantor paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongtu.funding.api import Share, Shares
from tongtu.kernel.ids import LenderId
from tongtu.runtime.api import Connection
from tongtu.servicing.rules.sharing import Joint, Taken

_INSERT = """
INSERT INTO servicing.joint (cell, loan, guarantor, compensate_after_days, service_fee_ppm)
VALUES ($1, $2, $3, $4, $5)
"""
_SHARES = """
INSERT INTO servicing.share (cell, loan, place, lender, principal_minor, rate_bps)
SELECT $1, $2, t.place, t.lender, t.principal_minor, t.rate_bps
FROM unnest($3::int2[], $4::int8[], $5::int4[])
    WITH ORDINALITY AS t (lender, principal_minor, rate_bps, place)
"""
_CONTROLS = """
INSERT INTO servicing.control SELECT $1, t.payee, $3 FROM unnest($2::int2[]) AS t (payee)
ON CONFLICT DO NOTHING
"""
_RAISE_RATES = """
UPDATE servicing.control SET overdue_rate_max_bps = $4
WHERE cell = $1 AND lender = ANY ($2::int2[]) AND product = $3 AND overdue_rate_max_bps < $4
"""
_SELECT = """
SELECT j.loan, j.guarantor, j.compensate_after_days, j.service_fee_ppm, j.repaid_minor,
    j.interest_paid_minor, j.fee_paid_minor, j.taken_on, j.taken_repaid_minor,
    j.taken_interest_minor, array_agg(s.lender ORDER BY s.place) AS lenders,
    array_agg(s.principal_minor ORDER BY s.place) AS principals,
    array_agg(s.rate_bps ORDER BY s.place) AS rates
FROM servicing.joint j JOIN servicing.share s ON s.cell = j.cell AND s.loan = j.loan
"""
_GROUP = "GROUP BY j.cell, j.loan ORDER BY j.loan"
_FIND = f"{_SELECT} WHERE j.cell = $1 AND j.loan = ANY ($2) {_GROUP}"
_LIVE = f"""
{_SELECT} JOIN servicing.loan l ON l.cell = j.cell AND l.id = j.loan
WHERE j.cell = $1 AND l.status = 'live' {_GROUP}
"""
_PAGE = """
SELECT j.loan FROM servicing.joint j
WHERE j.cell = $1 AND j.loan > $2 AND ($3::int2 IS NULL OR EXISTS (
    SELECT FROM servicing.share s WHERE s.cell = $1 AND s.loan = j.loan AND s.lender = $3))
ORDER BY j.loan LIMIT $4
"""
_ADVANCE = """
UPDATE servicing.joint SET repaid_minor = $3, interest_paid_minor = $4, fee_paid_minor = $5
WHERE cell = $1 AND loan = $2
"""
# A loan late at the last close is late now unless it was paid; who is, the fold says.
_LATE = """
SELECT j.loan FROM servicing.joint j JOIN servicing.loan l ON l.cell = j.cell AND l.id = j.loan
    JOIN servicing.delinquency d ON d.cell = j.cell AND d.loan = j.loan
WHERE j.cell = $1 AND j.taken_on IS NULL AND j.loan > $2 AND l.status = 'live' AND d.bucket > 0
ORDER BY j.loan LIMIT $3
"""
_TAKE = """
UPDATE servicing.joint SET taken_on = $3, taken_repaid_minor = $4, taken_interest_minor = $5
WHERE cell = $1 AND loan = $2 AND taken_on IS NULL
"""
_COMPENSATION = """
INSERT INTO servicing.compensation (cell, loan, lender, guarantor, id, business_date,
    principal_minor, interest_minor, salt, at)
SELECT $1, $2, t.lender, $3, $4, $5, t.principal_minor, t.interest_minor, $6, $7
FROM unnest($8::int2[], $9::int8[], $10::int8[]) AS t (lender, principal_minor, interest_minor)
"""
_COMPENSATIONS = """
SELECT loan, lender, principal_minor, interest_minor FROM servicing.compensation
WHERE cell = $1 AND loan = ANY ($2) ORDER BY loan, lender
"""


@dataclass(frozen=True, slots=True)
class Compensated:
    """What the guarantor paid one funder for one loan."""

    lender: int
    principal_minor: int
    interest_minor: int


@dataclass(frozen=True, slots=True)
class Compensation:
    """A loan the guarantor took over: one id, one line a funder."""

    id: int
    guarantor: int
    business_date: date
    lines: tuple[Compensated, ...]


async def insert(
    connection: Connection, cell: int, loan: int, product: str, shares: Shares
) -> None:
    """Write a new loan's shares and note the control accounts they use."""
    terms = (shares.guarantor, shares.compensate_after_days, shares.service_fee_ppm)
    await connection.execute(_INSERT, cell, loan, *terms)
    lenders = [one.lender for one in shares.members]
    principals = [one.principal_minor for one in shares.members]
    rates = [one.rate_bps for one in shares.members]
    await connection.execute(_SHARES, cell, loan, lenders, principals, rates)
    await connection.execute(_CONTROLS, cell, [*lenders, shares.guarantor], product)


async def raise_rates(
    connection: Connection, cell: int, of: tuple[Sequence[int], str], overdue_rate_bps: int
) -> None:
    """Note that these holders of claims have a live loan of a product that bears so much."""
    holders, product = of
    await connection.execute(_RAISE_RATES, cell, list(holders), product, overdue_rate_bps)


async def find(connection: Connection, cell: int, loans: Sequence[int]) -> dict[int, Joint]:
    """Return those of the loans that are joint. Whoever changes one holds the loan's lock."""
    return _read(await connection.fetch(_FIND, cell, list(loans)))


async def live(connection: Connection, cell: int) -> dict[int, Joint]:
    """Return the live joint loans of a cell, by id."""
    return _read(await connection.fetch(_LIVE, cell))


async def page(
    connection: Connection, cell: int, lender: int | None, after: int, limit: int
) -> list[int]:
    """Return joint loans with ids above `after`: those a lender funds, or all."""
    rows = await connection.fetch(_PAGE, cell, after, lender, limit)
    return [row["loan"] for row in rows]


async def advance(connection: Connection, cell: int, loan: int, joint: Joint) -> None:
    """Write the running totals after an event."""
    totals = (joint.repaid_minor, joint.interest_paid_minor, joint.fee_paid_minor)
    await connection.execute(_ADVANCE, cell, loan, *totals)


async def late(connection: Connection, cell: int, after: int, limit: int) -> list[int]:
    """Return joint loans that were late at the last close and are still their funders'."""
    return [row["loan"] for row in await connection.fetch(_LATE, cell, after, limit)]


async def take(connection: Connection, cell: int, loan: int, taken: Taken) -> bool:
    """Note that the guarantor has the loan now; False when it had it already."""
    totals = (taken.on, taken.repaid_minor, taken.interest_minor)
    return bool(await connection.execute(_TAKE, cell, loan, *totals) == "UPDATE 1")


async def insert_compensation(
    connection: Connection,
    place: tuple[int, int],
    made: Compensation,
    salt: bytes,
    at: datetime,
) -> None:
    """Write what the guarantor paid each funder; `place` is cell and loan."""
    await connection.execute(
        _COMPENSATION,
        *place,
        made.guarantor,
        made.id,
        made.business_date,
        salt,
        at,
        [line.lender for line in made.lines],
        [line.principal_minor for line in made.lines],
        [line.interest_minor for line in made.lines],
    )


async def compensations_of(
    connection: Connection, cell: int, loans: Sequence[int]
) -> dict[int, list[Compensated]]:
    """Return what guarantors paid for these loans, a line a funder."""
    found: dict[int, list[Compensated]] = {}
    for row in await connection.fetch(_COMPENSATIONS, cell, list(loans)):
        paid = Compensated(row["lender"], row["principal_minor"], row["interest_minor"])
        found.setdefault(row["loan"], []).append(paid)
    return found


def _read(rows: Sequence[Any]) -> dict[int, Joint]:
    return {row["loan"]: _joint(row) for row in rows}


def _joint(row: Any) -> Joint:
    members = tuple(
        Share(LenderId(lender), principal, rate)
        for lender, principal, rate in zip(
            row["lenders"], row["principals"], row["rates"], strict=True
        )
    )
    shares = Shares(members, row["guarantor"], row["compensate_after_days"], row["service_fee_ppm"])
    taken = None
    if row["taken_on"] is not None:
        taken = Taken(row["taken_on"], row["taken_repaid_minor"], row["taken_interest_minor"])
    return Joint(
        shares, row["repaid_minor"], row["interest_paid_minor"], row["fee_paid_minor"], taken
    )
