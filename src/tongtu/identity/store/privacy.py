"""Rows of requests about one's data, of what each came to, and of corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from tongtu.runtime.api import Connection

_COLUMNS = """id, party, kind, state, asked_at, answer_by, asked_by_role, asked_by, decided_by,
    reason, ended_at, pack_hash, is_term"""
_FOUND = f"select {_COLUMNS} from identity.privacy_request where cell = $1 and id = $2"
_HELD = f"{_FOUND} for update"
_DROP = tuple(
    f"""
    delete from identity.{table} where ctid = any(array(
        select ctid from identity.{table} where cell = $1 and {column} < $2 limit $3))
    """
    for table, column in (
        ("code", "expires_at"),
        ("token", "expires_at"),
        ("attempt", "window_at"),
    )
)


class Wish(StrEnum):
    """What a person may ask about their data."""

    EXPORT = "export"
    CORRECT = "correct"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class PrivacyRequest:
    """A request about the data of a party; `is_term`: nobody asked, the last term was over."""

    id: int
    party: int
    kind: Wish
    state: str
    asked_at: datetime
    answer_by: date
    asked_by_role: str
    asked_by: int
    decided_by: int | None
    reason: str | None
    ended_at: datetime | None
    pack_hash: str
    is_term: bool


@dataclass(frozen=True, slots=True)
class PrivacyItem:
    """One kind of record of a request: how many rows, and whether a duty keeps them until when.

    Kept without a day: until the end of a contract that runs.
    """

    holding: str
    rows: int
    duty: str | None = None
    kept_until: date | None = None

    @property
    def is_kept(self) -> bool:
        """Tell whether the rows stay."""
        return self.duty is not None


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """What is to be put right, sealed; `wanted` holds the value and the person's reason."""

    request: int
    party: int
    kind: str
    wanted: bytes
    before: bytes | None
    ready_at: datetime | None = None  # of a way to the account: not decided before
    signal: str | None = None
    first_by: int | None = None
    second_by: int | None = None


async def open_request(connection: Connection, cell: int, request: PrivacyRequest) -> bool:
    """Write a request; False where the party has an open one of the kind."""
    tag = await connection.execute(
        f"""
        insert into identity.privacy_request (cell, {_COLUMNS})
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict (cell, party, kind) where state in ('asked', 'running') do nothing
        """,
        cell,
        request.id,
        request.party,
        request.kind.value,
        request.state,
        request.asked_at,
        request.answer_by,
        request.asked_by_role,
        request.asked_by,
        request.decided_by,
        request.reason,
        request.ended_at,
        request.pack_hash,
        request.is_term,
    )
    return bool(tag == "INSERT 0 1")


async def find_open(
    connection: Connection, cell: int, party: int, kind: Wish
) -> PrivacyRequest | None:
    """Return the party's open request of a kind."""
    row = await connection.fetchrow(
        f"""
        select {_COLUMNS} from identity.privacy_request
        where cell = $1 and party = $2 and kind = $3 and state in ('asked', 'running')
        """,
        cell,
        party,
        kind.value,
    )
    return None if row is None else _request(dict(row))


async def find_request(
    connection: Connection, cell: int, identifier: int, *, is_locked: bool = False
) -> PrivacyRequest | None:
    """Return a request, locked until the transaction ends where that is asked."""
    row = await connection.fetchrow(_HELD if is_locked else _FOUND, cell, identifier)
    return None if row is None else _request(dict(row))


async def party_of_request(connection: Connection, cell: int, identifier: int) -> int | None:
    """Return whose request it is."""
    party: int | None = await connection.fetchval(
        "select party from identity.privacy_request where cell = $1 and id = $2", cell, identifier
    )
    return party


async def of_party(connection: Connection, cell: int, party: int) -> list[PrivacyRequest]:
    """Return a party's requests, newest first."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from identity.privacy_request
        where cell = $1 and party = $2 order by id desc limit 200
        """,
        cell,
        party,
    )
    return [_request(dict(row)) for row in rows]


async def open_requests(connection: Connection, limit: int) -> list[PrivacyRequest]:
    """Return what waits or runs, by the day it must be answered."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from identity.privacy_request
        where state in ('asked', 'running') order by answer_by, id limit $1
        """,
        limit,
    )
    return [_request(dict(row)) for row in rows]


async def end_request(
    connection: Connection, cell: int, identifier: int, end: tuple[str, int | None, str | None],
    at: datetime,
) -> bool:  # fmt: skip
    """End an open request as (state, who decided, reason); False where it is not open."""
    state, decided_by, reason = end
    tag = await connection.execute(
        """
        update identity.privacy_request
        set state = $3, decided_by = $4, reason = $5, ended_at = $6
        where cell = $1 and id = $2 and state in ('asked', 'running')
        """,
        cell,
        identifier,
        state,
        decided_by,
        reason,
        at,
    )
    return bool(tag == "UPDATE 1")


async def write_item(
    connection: Connection, cell: int, request: int, item: PrivacyItem, at: datetime
) -> None:
    """Note what became of one kind of record; what was noted before is replaced."""
    await connection.execute(
        """
        insert into identity.privacy_item
            (cell, request, holding, fate, rows, duty, kept_until, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (cell, request, holding) do update set fate = excluded.fate,
            rows = greatest(excluded.rows, identity.privacy_item.rows),
            duty = excluded.duty, kept_until = excluded.kept_until, at = excluded.at
        """,
        cell,
        request,
        item.holding,
        "kept" if item.is_kept else "erased",
        item.rows,
        item.duty,
        item.kept_until,
        at,
    )


async def items_of(connection: Connection, cell: int, request: int) -> list[PrivacyItem]:
    """Return what a request came to."""
    rows = await connection.fetch(
        """
        select holding, rows, duty, kept_until from identity.privacy_item
        where cell = $1 and request = $2 order by holding
        """,
        cell,
        request,
    )
    return [PrivacyItem(**dict(row)) for row in rows]


async def due_requests(
    connection: Connection, cell: int, day: date, after: int, limit: int
) -> list[PrivacyRequest]:
    """Return erasures that are to go on: stopped, or with something kept whose day is over."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from identity.privacy_request r
        where r.cell = $1 and r.id > $3 and r.kind = 'erase' and (r.state = 'running'
            or exists (select 1 from identity.privacy_item i where i.cell = r.cell
                and i.request = r.id and i.fate = 'kept' and i.kept_until < $2))
        order by r.id limit $4
        """,
        cell,
        day,
        after,
        limit,
    )
    return [_request(dict(row)) for row in rows]


async def old_parties(
    connection: Connection, cell: int, below: int, after: int, limit: int
) -> list[int]:
    """Return persons whose account is not ended, with numbers between two: those grow with time."""
    rows = await connection.fetch(
        """
        select id from identity.party
        where cell = $1 and id > $3 and id < $2 and state = 'open' and kind = 'person'
        order by id limit $4
        """,
        cell,
        below,
        after,
        limit,
    )
    return [row["id"] for row in rows]


async def write_correction(connection: Connection, cell: int, row: CorrectionRow) -> None:
    """Write what is asked for."""
    await connection.execute(
        """
        insert into identity.correction
            (cell, request, party, kind, wanted, before, ready_at, signal)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        cell,
        row.request,
        row.party,
        row.kind,
        row.wanted,
        row.before,
        row.ready_at,
        row.signal,
    )


async def find_correction(connection: Connection, cell: int, request: int) -> CorrectionRow | None:
    """Return what a request wants put right."""
    row = await connection.fetchrow(
        """
        select request, party, kind, wanted, before, ready_at, signal, first_by, second_by
        from identity.correction
        where cell = $1 and request = $2
        """,
        cell,
        request,
    )
    return None if row is None else CorrectionRow(**dict(row))


async def give_word(
    connection: Connection, cell: int, request: int, staff: int, at: datetime
) -> bool | None:
    """Write a word for a change: False the first, True the second, None the same person's again."""
    found = await connection.fetchrow(
        """
        update identity.correction
        set first_by = coalesce(first_by, $3), first_at = coalesce(first_at, $4),
            second_by = case when first_by is not null then $3 end
        where cell = $1 and request = $2 and second_by is null and first_by is distinct from $3
        returning second_by is not null as is_second
        """,
        cell,
        request,
        staff,
        at,
    )
    return None if found is None else bool(found["is_second"])


async def note_before(
    connection: Connection, cell: int, request: int, before: bytes | None
) -> None:
    """Keep the value that was replaced."""
    await connection.execute(
        "update identity.correction set before = $3 where cell = $1 and request = $2",
        cell,
        request,
        before,
    )


async def drop_short_lived(connection: Connection, cell: int, before: datetime, limit: int) -> int:
    """Delete codes, tokens and counts of tries that ended before a time; return how many."""
    count = 0
    for statement in _DROP:
        tag = await connection.execute(statement, cell, before, limit)
        count += int(tag.split()[-1])
    return count


def _request(row: dict[str, Any]) -> PrivacyRequest:
    return PrivacyRequest(**{**row, "kind": Wish(row["kind"])})
