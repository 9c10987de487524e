"""Facilities, their events and their draws as rows. Whoever changes one holds its lock."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from tongtu.kernel.errors import NotFound
from tongtu.runtime.api import Connection
from tongtu.servicing.rules.facility import FacilityEvent, FacilityKind, FacilityState, Grant

_FIELDS = """cell, id, party, lender, product, granted_limit_minor, granted_rate_bps, valid_from,
    valid_to, first_review_on, is_revolving, seq, limit_minor, used_minor, reserved_minor,
    review_due_on, is_frozen, is_closed, application, decision, offer, agreement, program"""
_INSERT = """
INSERT INTO servicing.facility (cell, id, party, lender, product, granted_limit_minor,
    granted_rate_bps, valid_from, valid_to, first_review_on, is_revolving, seq, limit_minor,
    review_due_on, opened_at, application, decision, offer, agreement, program)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $6, $10, $12, $13, $14, $15, $16, $17)
"""
_FIND = f"SELECT {_FIELDS} FROM servicing.facility WHERE cell = $1 AND id = $2"
_HOLD = f"{_FIND} FOR NO KEY UPDATE"
_EVENT = """
INSERT INTO servicing.facility_event (cell, facility, seq, kind, counts_on, business_date,
    amount_minor, rate_bps, until, subject, salt, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
_EVENTS = """
SELECT seq, kind, counts_on, amount_minor, rate_bps, until, subject FROM servicing.facility_event
WHERE cell = $1 AND facility = $2 ORDER BY seq
"""
_PRICE = """
SELECT rate_bps FROM servicing.facility_event
WHERE cell = $1 AND facility = $2 AND kind = 'repriced' AND counts_on <= $3
ORDER BY counts_on DESC, seq DESC LIMIT 1
"""
_ADVANCE = """
UPDATE servicing.facility SET seq = $3, limit_minor = $4, used_minor = $5, reserved_minor = $6,
    review_due_on = $7, is_frozen = $8, is_closed = $9
WHERE cell = $1 AND id = $2 AND seq = $3 - 1
"""
_OF_PARTY = f"""
SELECT {_FIELDS} FROM servicing.facility WHERE cell = $1 AND party = $2 ORDER BY id LIMIT $3
"""
_OPENED_ON = """
SELECT count(*) FROM servicing.facility WHERE cell = $1 AND valid_from = $2 AND agreement <> 0
"""
_EXPIRED = f"""
SELECT {_FIELDS} FROM servicing.facility
WHERE cell = $1 AND NOT is_closed AND valid_to <= $2 AND id > $3 ORDER BY id LIMIT $4
"""
_DRAW = "id, facility, amount_minor, rate_bps, state, loan, tenor_months, agreed_on"
_NEW_DRAW = """
INSERT INTO servicing.draw (cell, id, facility, amount_minor, rate_bps, state, tenor_months,
    agreed_on)
VALUES ($1, $2, $3, $4, $5, 'reserved', $6, $7)
"""
_DRAWS_OF = f"""
SELECT {_DRAW} FROM servicing.draw WHERE cell = $1 AND facility = $2 ORDER BY id DESC LIMIT $3
"""
_RESERVED_UNTIL = f"""
SELECT {_DRAW} FROM servicing.draw
WHERE cell = $1 AND state = 'reserved' AND agreed_on <= $2 ORDER BY id LIMIT $3
"""
_FIND_DRAW = f"SELECT {_DRAW} FROM servicing.draw WHERE cell = $1 AND id = $2"
_DRAW_OF_LOAN = f"SELECT {_DRAW} FROM servicing.draw WHERE cell = $1 AND loan = $2"
_END_DRAW = """
UPDATE servicing.draw SET state = $3, loan = $4 WHERE cell = $1 AND id = $2 AND state = 'reserved'
"""
_TAKE_UP = """
UPDATE servicing.draw SET state = 'reserved' WHERE cell = $1 AND id = $2 AND state = 'released'
"""
# A facility's counters against the loans and draws that make them.
_DIFFERENCES = """
SELECT count(*) FROM servicing.facility f
LEFT JOIN (
    SELECT d.facility,
        coalesce(sum(l.outstanding_minor), 0)::int8 AS owed,
        coalesce(sum(d.amount_minor) FILTER (WHERE d.state = 'drawn'), 0)::int8 AS drawn,
        coalesce(sum(d.amount_minor) FILTER (WHERE d.state = 'reserved'), 0)::int8 AS reserved
    FROM servicing.draw d LEFT JOIN servicing.loan l ON l.cell = d.cell AND l.id = d.loan
    WHERE d.cell = $1 GROUP BY d.facility
) s ON s.facility = f.id
WHERE f.cell = $1 AND (f.reserved_minor <> coalesce(s.reserved, 0)
    OR f.used_minor <> CASE WHEN f.is_revolving THEN coalesce(s.owed, 0)
                            ELSE coalesce(s.drawn, 0) END)
"""


class DrawState(StrEnum):
    """How far a draw has come."""

    RESERVED = "reserved"
    DRAWN = "drawn"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Basis:
    """What a facility was granted on; 0 where it did not come by an application."""

    application: int = 0
    decision: int = 0
    offer: int = 0
    agreement: int = 0
    program: int = 0


@dataclass(frozen=True, slots=True)
class NewFacility:
    """What a facility is opened from."""

    id: int
    party: int
    lender: int
    product: str
    grant: Grant
    basis: Basis = Basis()


@dataclass(frozen=True, slots=True)
class FacilityRow:
    """A facility as stored: its grant and the cache of its fold but the price."""

    cell: int
    id: int
    party: int
    lender: int
    product: str
    grant: Grant
    seq: int
    limit_minor: int
    used_minor: int
    reserved_minor: int
    review_due_on: date
    is_frozen: bool
    is_closed: bool
    basis: Basis = Basis()

    def state(self, as_of: date, rate_bps: int) -> FacilityState:
        """Return how it stands on a date from which on nothing is entered yet."""
        return FacilityState(
            as_of, self.limit_minor, self.used_minor, self.reserved_minor, rate_bps,
            self.grant.valid_from, self.grant.valid_to, self.review_due_on, self.is_frozen,
            self.is_closed,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draw:
    """A part of a facility that was agreed; `rate_bps` is the price its loan is to have."""

    id: int
    facility: int
    amount_minor: int
    rate_bps: int
    state: DrawState = DrawState.RESERVED
    loan: int | None = None
    tenor_months: int = 0
    agreed_on: date | None = None


async def insert(connection: Connection, cell: int, new: NewFacility, at: datetime) -> None:
    """Write a new facility."""
    grant = new.grant
    await connection.execute(
        _INSERT, cell, new.id, new.party, new.lender, new.product, grant.limit_minor,
        grant.rate_bps, grant.valid_from, grant.valid_to, grant.review_due_on,
        grant.is_revolving, at, *dataclasses.astuple(new.basis),
    )  # fmt: skip


async def find(connection: Connection, cell: int, facility: int) -> FacilityRow:
    """Return a facility. Raises NotFound."""
    return _row(await connection.fetchrow(_FIND, cell, facility))


async def hold(connection: Connection, cell: int, facility: int) -> FacilityRow:
    """Return a facility, locked for this transaction. Raises NotFound."""
    return _row(await connection.fetchrow(_HOLD, cell, facility))


async def of_party(connection: Connection, cell: int, party: int, limit: int) -> list[FacilityRow]:
    """Return a party's facilities, oldest first."""
    return [_row(row) for row in await connection.fetch(_OF_PARTY, cell, party, limit)]


async def count_opened(connection: Connection, cell: int, day: date) -> int:
    """Return how many facilities opened on a day by an agreement."""
    found: int = await connection.fetchval(_OPENED_ON, cell, day)
    return found


async def expired(
    connection: Connection, cell: int, day: date, page: tuple[int, int]
) -> list[FacilityRow]:
    """Return open facilities whose last day is over; `page` is the last id seen, and a size."""
    return [_row(row) for row in await connection.fetch(_EXPIRED, cell, day, *page)]


async def draws_of(connection: Connection, cell: int, facility: int, limit: int) -> list[Draw]:
    """Return a facility's draws, newest first."""
    rows = await connection.fetch(_DRAWS_OF, cell, facility, limit)
    return [one for one in map(_draw, rows) if one is not None]


async def reserved_until(connection: Connection, cell: int, day: date, limit: int) -> list[Draw]:
    """Return draws agreed on a day or earlier whose money has not arrived."""
    rows = await connection.fetch(_RESERVED_UNTIL, cell, day, limit)
    return [one for one in map(_draw, rows) if one is not None]


async def insert_event(
    connection: Connection,
    place: tuple[int, int],
    event: FacilityEvent,
    business_date: date,
    proof: tuple[bytes, datetime],
) -> None:
    """Append an event; `place` is cell and facility, `proof` salt and instant."""
    await connection.execute(
        _EVENT, *place, event.seq, event.kind.value, event.on, business_date, event.amount_minor,
        event.rate_bps, event.until, event.subject, *proof,
    )  # fmt: skip


async def events_of(connection: Connection, cell: int, facility: int) -> list[FacilityEvent]:
    """Return a facility's events in order of entry."""
    return [
        FacilityEvent(
            row["seq"], FacilityKind(row["kind"]), row["counts_on"], row["amount_minor"],
            row["rate_bps"], row["until"], row["subject"],
        )
        for row in await connection.fetch(_EVENTS, cell, facility)
    ]  # fmt: skip


async def price(connection: Connection, row: FacilityRow, on: date) -> int:
    """Return the yearly rate in basis points for draws of a day."""
    found: int | None = await connection.fetchval(_PRICE, row.cell, row.id, on)
    return row.grant.rate_bps if found is None else found


async def advance(connection: Connection, row: FacilityRow, seq: int, state: FacilityState) -> bool:
    """Write how the facility stands after its event; False when another came first."""
    status = await connection.execute(
        _ADVANCE, row.cell, row.id, seq, state.limit_minor, state.used_minor,
        state.reserved_minor, state.review_due_on, state.is_frozen, state.is_closed,
    )  # fmt: skip
    return bool(status == "UPDATE 1")


async def insert_draw(connection: Connection, cell: int, draw: Draw) -> None:
    """Write a draw that was agreed; the facility is locked."""
    await connection.execute(
        _NEW_DRAW, cell, draw.id, draw.facility, draw.amount_minor, draw.rate_bps,
        draw.tenor_months, draw.agreed_on,
    )  # fmt: skip


async def find_draw(connection: Connection, cell: int, draw: int) -> Draw | None:
    """Return a draw, if there is one."""
    return _draw(await connection.fetchrow(_FIND_DRAW, cell, draw))


async def draw_of_loan(connection: Connection, cell: int, loan: int) -> Draw | None:
    """Return the draw that a loan came from, if it came from one."""
    return _draw(await connection.fetchrow(_DRAW_OF_LOAN, cell, loan))


async def end_draw(
    connection: Connection, cell: int, draw: int, state: DrawState, loan: int | None = None
) -> bool:
    """Let a reserved draw become a loan or nothing; False when it is reserved no more."""
    status = await connection.execute(_END_DRAW, cell, draw, state.value, loan)
    return bool(status == "UPDATE 1")


async def take_up_draw(connection: Connection, cell: int, draw: int) -> bool:
    """Reserve a draw again that was given back; False when it was not."""
    return bool(await connection.execute(_TAKE_UP, cell, draw) == "UPDATE 1")


async def differences(connection: Connection, cell: int) -> int:
    """Return how many facilities do not count what their loans and draws come to."""
    return int(await connection.fetchval(_DIFFERENCES, cell))


def _draw(row: Any) -> Draw | None:
    if row is None:
        return None
    values = dict(row.items())
    values["state"] = DrawState(values["state"])
    return Draw(**values)


def _row(row: Any) -> FacilityRow:
    if row is None:
        raise NotFound("no such facility")
    values = dict(row.items())
    grant = Grant(
        values.pop("granted_limit_minor"), values.pop("granted_rate_bps"),
        values.pop("valid_from"), values.pop("valid_to"), values.pop("first_review_on"),
        values.pop("is_revolving"),
    )  # fmt: skip
    names = [field.name for field in dataclasses.fields(Basis)]
    basis = Basis(*(values.pop(name) for name in names))
    return FacilityRow(grant=grant, basis=basis, **values)
