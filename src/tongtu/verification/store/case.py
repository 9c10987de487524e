"""Rows of cases, their elements, and what stands of a party. Callers own the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongtu.runtime.api import Connection
from tongtu.verification.model import (
    Channel,
    Element,
    Found,
    IdentityCase,
    KeptElement,
    Level,
    Standing,
    State,
    Way,
)

_COLUMNS = """id, cell, party, channel, state, level, risk_level, is_student, has_source_of_funds,
    reasons, clerk, opened_at, expires_at, closed_at"""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the evidence of an element is made of: its id, the salt, the commitment."""

    id: int
    salt: bytes
    commitment: bytes


async def insert(connection: Connection, case: IdentityCase) -> bool:
    """Write a new case; False where the party has one open."""
    found = await connection.fetchval(
        """
        insert into verification.identity_case (cell, id, party, channel, state, is_student,
            has_source_of_funds, reasons, opened_at, expires_at)
        values ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9)
        on conflict (cell, party) where state in ('open', 'review') do nothing returning id
        """,
        case.cell,
        case.id,
        case.party,
        case.channel.value,
        case.is_student,
        case.has_source_of_funds,
        list(case.reasons),
        case.opened_at,
        case.expires_at,
    )
    return found is not None


async def find(
    connection: Connection, cell: int, case: int, *, locked: bool = False
) -> IdentityCase | None:
    """Return a case, its row locked where the caller means to change it."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from verification.identity_case where cell = $1 and id = $2"
        + (" for update" if locked else ""),
        cell,
        case,
    )
    return None if row is None else _case(row)


async def open_of(connection: Connection, cell: int, party: int) -> IdentityCase | None:
    """Return the party's open case, locked."""
    row = await connection.fetchrow(
        f"""select {_COLUMNS} from verification.identity_case
        where cell = $1 and party = $2 and state in ('open', 'review') for update""",
        cell,
        party,
    )
    return None if row is None else _case(row)


async def last_of(connection: Connection, cell: int, party: int) -> IdentityCase | None:
    """Return the party's newest case, whatever became of it."""
    row = await connection.fetchrow(
        f"""select {_COLUMNS} from verification.identity_case
        where cell = $1 and party = $2 order by opened_at desc, id desc limit 1""",
        cell,
        party,
    )
    return None if row is None else _case(row)


async def refusals(
    connection: Connection, cell: int, party: int, since: datetime
) -> tuple[int, datetime | None]:
    """Return how many cases of the party persons refused since then, and when the last one."""
    row = await connection.fetchrow(
        """
        select count(*) as count, max(closed_at) as last from verification.identity_case
        where cell = $1 and party = $2 and state = 'refused' and closed_at > $3
        """,
        cell,
        party,
        since,
    )
    assert row is not None  # an aggregate has a row
    return row["count"], row["last"]


async def in_review(
    connection: Connection, cell: int, after: int, limit: int
) -> list[IdentityCase]:
    """Return cases that wait for a person, oldest first."""
    rows = await connection.fetch(
        f"""select {_COLUMNS} from verification.identity_case
        where cell = $1 and state = 'review' and id > $2 order by id limit $3""",
        cell,
        after,
        limit,
    )
    return [_case(row) for row in rows]


async def overdue(
    connection: Connection, cell: int, at: datetime, limit: int
) -> list[IdentityCase]:
    """Return cases whose time is over, locked; those that somebody holds are left to them."""
    rows = await connection.fetch(
        f"""select {_COLUMNS} from verification.identity_case
        where cell = $1 and state in ('open', 'review') and expires_at <= $2
        order by expires_at, id limit $3 for update skip locked""",
        cell,
        at,
        limit,
    )
    return [_case(row) for row in rows]


async def move(connection: Connection, moved: IdentityCase) -> None:
    """Write where a case stands now; the caller holds its row."""
    await connection.execute(
        """
        update verification.identity_case
           set state = $3, level = $4, risk_level = $5, reasons = $6, clerk = $7, channel = $8,
               closed_at = $9
         where cell = $1 and id = $2
        """,
        moved.cell,
        moved.id,
        moved.state.value,
        int(moved.level),
        moved.risk_level,
        list(moved.reasons),
        moved.clerk,
        moved.channel.value,
        moved.closed_at,
    )


async def add_element(
    connection: Connection, case: IdentityCase, element: Element, proof: Proof, at: datetime
) -> None:
    """Write what a way found."""
    await connection.execute(
        """
        insert into verification.element (cell, id, identity_case, party, way, outcome, provider,
            is_certified, detail, distance_ppm, found_at, staff, salt, commitment, document)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """,
        case.cell,
        proof.id,
        case.id,
        case.party,
        element.way.value,
        element.outcome.value,
        element.provider,
        element.is_certified,
        list(element.detail),
        element.distance_ppm,
        at,
        element.staff,
        proof.salt,
        proof.commitment,
        element.document,
    )


async def elements_of(connection: Connection, cell: int, case: int) -> list[KeptElement]:
    """Return what was found in a case, oldest first."""
    rows = await connection.fetch(
        """
        select id, way, outcome, provider, is_certified, detail, distance_ppm, staff, document,
               found_at
          from verification.element where cell = $1 and identity_case = $2 order by id
        """,
        cell,
        case,
    )
    return [
        KeptElement(
            row["id"],
            Element(
                Way(row["way"]),
                Found(row["outcome"]),
                row["provider"],
                row["is_certified"],
                tuple(row["detail"]),
                row["distance_ppm"],
                row["staff"],
                row["document"],
            ),
            row["found_at"],
        )
        for row in rows
    ]


async def stand(connection: Connection, case: IdentityCase, at: datetime, until: datetime) -> None:
    """Let a passed case stand for its party."""
    await connection.execute(
        """
        insert into verification.standing (cell, party, identity_case, level, risk_level,
            verified_at, valid_until)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (cell, party) do update
           set identity_case = excluded.identity_case, level = excluded.level,
               risk_level = excluded.risk_level, verified_at = excluded.verified_at,
               valid_until = excluded.valid_until
        """,
        case.cell,
        case.party,
        case.id,
        int(case.level),
        case.risk_level,
        at,
        until,
    )


async def end_standing(connection: Connection, cell: int, party: int, at: datetime) -> None:
    """Let nothing stand of a party from now on."""
    await connection.execute(
        """
        update verification.standing
        set valid_until
            = least(valid_until, greatest($3, verified_at + interval '1 microsecond'))
        where cell = $1 and party = $2
        """,
        cell,
        party,
        at,
    )


async def standing(connection: Connection, cell: int, party: int) -> Standing:
    """Return what stands of a party, ended or not."""
    row = await connection.fetchrow(
        """select level, risk_level, valid_until from verification.standing
        where cell = $1 and party = $2""",
        cell,
        party,
    )
    return Standing() if row is None else Standing(Level(row[0]), row[1], row[2])


def _case(row: Any) -> IdentityCase:
    number, cell, party, channel, state, level, risk, student, funds, reasons, *rest = row
    clerk, opened_at, expires_at, closed_at = rest
    return IdentityCase(
        number,
        cell,
        party,
        Channel(channel),
        State(state),
        Level(level),
        risk,
        student,
        funds,
        tuple(reasons),
        clerk,
        opened_at,
        expires_at,
        closed_at,
    )
