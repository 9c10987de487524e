"""Reviews of lines as rows; whoever makes or moves one holds its facility's lock."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from tongtu.kernel.errors import NotFound
from tongtu.runtime.api import Connection
from tongtu.servicing.model.line_review import (
    OPEN,
    LineReview,
    Move,
    Occasion,
    Outcome,
    ReviewState,
)

# Loans of one person that a review looks at, newest first; more is nobody's.
LOANS_MAX = 50
_NAMES = [field.name for field in dataclasses.fields(LineReview)]
_FIELDS = ", ".join(_NAMES)
_INSERT = f"""
INSERT INTO servicing.line_review ({_FIELDS})
VALUES ({", ".join(f"${n}" for n in range(1, len(_NAMES) + 1))})
"""
_FIND = f"SELECT {_FIELDS} FROM servicing.line_review WHERE cell = $1 AND id = $2"
_OF_FACILITY = f"""
SELECT {_FIELDS} FROM servicing.line_review WHERE cell = $1 AND facility = $2
ORDER BY id DESC LIMIT $3
"""
_IN_STATES = f"""
SELECT {_FIELDS} FROM servicing.line_review
WHERE cell = $1 AND state = ANY ($2) AND id > $3 ORDER BY id LIMIT $4
"""
_MOVE = """
UPDATE servicing.line_review SET state = $4, asked_at = coalesce($5, asked_at),
    ruled_by = coalesce($6, ruled_by), ruled_at = coalesce($7, ruled_at),
    ruling = coalesce($8, ruling), answered = coalesce($9, answered)
WHERE cell = $1 AND id = $2 AND state = $3
"""
_NOTE = "UPDATE servicing.facility SET reviewed_on = $3 WHERE cell = $1 AND id = $2"
_LOANS = "SELECT id FROM servicing.loan WHERE cell = $1 AND party = $2 ORDER BY id DESC LIMIT $3"
_NOT_OPEN = """AND NOT EXISTS (SELECT FROM servicing.line_review r WHERE r.cell = f.cell
    AND r.facility = f.id AND r.state IN ('offered', 'announced', 'asked', 'disputed', 'held'))"""
# By the line's own events: what persons froze since, no review frees.
_SUSPENDED_BY_REVIEW = """SELECT e.kind = 'frozen' AND EXISTS (
        SELECT FROM servicing.line_review r WHERE r.cell = e.cell AND r.id = e.subject
            AND r.outcome = 'suspend' AND r.state IN ('in_force', 'upheld'))
    FROM servicing.facility_event e WHERE e.cell = f.cell AND e.facility = f.id
        AND e.kind IN ('frozen', 'unfrozen') ORDER BY e.seq DESC LIMIT 1"""
_HAS_OPEN = """
SELECT EXISTS (SELECT FROM servicing.line_review WHERE cell = $1 AND facility = $2
    AND state IN ('offered', 'announced', 'asked', 'disputed', 'held'))
"""
_FROZEN_BY = """
SELECT CASE kind WHEN 'frozen' THEN subject END FROM servicing.facility_event
WHERE cell = $1 AND facility = $2 AND kind IN ('frozen', 'unfrozen') ORDER BY seq DESC LIMIT 1
"""
_IS_SUSPENDED = f"""
SELECT ({_SUSPENDED_BY_REVIEW}) FROM servicing.facility f WHERE f.cell = $1 AND f.id = $2
"""
_UNREVIEWED = f"""
SELECT f.id FROM servicing.facility f
WHERE f.cell = $1 AND NOT f.is_closed AND f.agreement <> 0
    AND coalesce(f.reviewed_on, f.valid_from) <= $2 AND f.valid_to > $3 AND f.id > $4 {_NOT_OPEN}
ORDER BY f.id LIMIT $5
"""
_LATE = f"""
SELECT DISTINCT f.id FROM servicing.delinquency d
JOIN servicing.loan l ON l.cell = d.cell AND l.id = d.loan
JOIN servicing.facility f ON f.cell = l.cell AND f.party = l.party
WHERE d.cell = $1 AND d.bucket > 0 AND NOT f.is_closed AND NOT f.is_frozen
    AND f.agreement <> 0 AND f.valid_to > $2 AND f.id > $3 {_NOT_OPEN}
ORDER BY f.id LIMIT $4
"""
# Suspended by a review, and no live loan of the person's is overdue.
_PAID_UP = f"""
SELECT f.id FROM servicing.facility f
WHERE f.cell = $1 AND f.is_frozen AND NOT f.is_closed AND f.valid_to > $2 AND f.id > $3 {_NOT_OPEN}
    AND ({_SUSPENDED_BY_REVIEW})
    AND NOT EXISTS (SELECT FROM servicing.loan l
        JOIN servicing.delinquency d ON d.cell = l.cell AND d.loan = l.id
        WHERE l.cell = f.cell AND l.party = f.party AND l.status = 'live' AND d.bucket > 0)
ORDER BY f.id LIMIT $4
"""


async def insert(connection: Connection, one: LineReview) -> None:
    """Write a review, and when its facility was looked at."""
    values = [getattr(one, name) for name in _NAMES]
    await connection.execute(_INSERT, *values)
    await connection.execute(_NOTE, one.cell, one.facility, one.business_date)


async def find(connection: Connection, cell: int, review: int) -> LineReview:
    """Return a review. Raises NotFound."""
    row = await connection.fetchrow(_FIND, cell, review)
    if row is None:
        raise NotFound("no such review")
    return _review(row)


async def of_facility(
    connection: Connection, cell: int, facility: int, limit: int
) -> list[LineReview]:
    """Return a facility's reviews, newest first."""
    return [_review(row) for row in await connection.fetch(_OF_FACILITY, cell, facility, limit)]


async def has_open(connection: Connection, cell: int, facility: int) -> bool:
    """Tell whether any review of a facility, the newest or an older one, waits for somebody."""
    return bool(await connection.fetchval(_HAS_OPEN, cell, facility))


async def in_states(
    connection: Connection, cell: int, states: Iterable[ReviewState], page: tuple[int, int]
) -> list[LineReview]:
    """Return reviews in some states; `page` is the last id seen, and a size."""
    assert set(states) <= OPEN, "only what is open is listed by its index"
    return [
        _review(row)
        for row in await connection.fetch(_IN_STATES, cell, [one.value for one in states], *page)
    ]


async def move(connection: Connection, one: LineReview, step: Move, at: datetime) -> bool:
    """Move a review on. False: it stands elsewhere by now."""
    asked_at = at if step.to in (ReviewState.ASKED, ReviewState.DISPUTED) else None
    ruled_at = None if step.ruled_by is None else at
    status = await connection.execute(
        _MOVE, one.cell, one.id, one.state.value, step.to.value, asked_at, step.ruled_by, ruled_at,
        step.ruling, step.answered,
    )  # fmt: skip
    return bool(status == "UPDATE 1")


async def unreviewed(
    connection: Connection, cell: int, days: tuple[date, date], page: tuple[int, int]
) -> list[int]:
    """Return open lines not looked at since a day; `days` are that day, and today."""
    return [row[0] for row in await connection.fetch(_UNREVIEWED, cell, *days, *page)]


async def late(connection: Connection, cell: int, today: date, page: tuple[int, int]) -> list[int]:
    """Return lines that may be drawn on, of persons with an overdue loan."""
    return [row[0] for row in await connection.fetch(_LATE, cell, today, *page)]


async def paid_up(
    connection: Connection, cell: int, today: date, page: tuple[int, int]
) -> list[int]:
    """Return lines a review suspended whose person is late no more."""
    return [row[0] for row in await connection.fetch(_PAID_UP, cell, today, *page)]


async def is_suspended(connection: Connection, cell: int, facility: int) -> bool:
    """Return whether what keeps a line frozen is a review's suspension that stands."""
    return bool(await connection.fetchval(_IS_SUSPENDED, cell, facility))


async def frozen_by(connection: Connection, cell: int, facility: int) -> int | None:
    """Return the review that froze a line, 0 where persons did; None where it is not frozen."""
    found: int | None = await connection.fetchval(_FROZEN_BY, cell, facility)
    return found


async def loans_of(connection: Connection, cell: int, party: int) -> list[int]:
    """Return a person's loans, newest first."""
    return [row[0] for row in await connection.fetch(_LOANS, cell, party, LOANS_MAX)]


def _review(row: Any) -> LineReview:
    values = dict(row.items())
    for name, kind in (("occasion", Occasion), ("outcome", Outcome), ("state", ReviewState)):
        values[name] = kind(values[name])
    return LineReview(**values)
