"""Rows of notice.box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tongtu.runtime.api import Connection


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A notice as stored: its body is sealed."""

    cell: int
    id: int
    party: int | None
    address_blind: bytes
    template: str
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class PushChoice:
    """What a person chose about pushes, and whether they said they study."""

    party: int
    is_on: bool
    is_student: bool
    is_plain: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PushRow:
    """A push that was sent, beside the consent it stands on."""

    cell: int
    id: int
    party: int
    consent: int
    consent_version: str
    template: str
    reason: str
    is_plain: bool
    business_date: date
    at: datetime


@dataclass(frozen=True, slots=True)
class GivenLetter:
    """A letter as it was given to a person; the hash is of its very text."""

    cell: int
    application: int
    letter: str
    language: str
    pack_hash: str
    sha256: bytes
    due_on: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactRow:
    """An attempt to reach somebody about a debt, as logged before it is made."""

    cell: int
    id: int
    party: int
    loan: int
    channel: str
    actor: int
    business_date: date
    at: datetime
    pack_hash: str


async def lock_contacts(connection: Connection, party: int) -> None:
    """Let attempts of one person wait for each other until the transaction ends."""
    await connection.execute("select pg_advisory_xact_lock($1)", party)


async def count_calls(connection: Connection, cell: int, party: int, day: date) -> tuple[int, int]:
    """Return how many calls of a day a person took, and how many they did not."""
    row = await connection.fetchrow(
        """
        select count(*) filter (where is_answered), count(*) filter (where not is_answered)
        from notice.contact
        where cell = $1 and party = $2 and business_date = $3 and channel = 'call'
        """,
        cell,
        party,
        day,
    )
    assert row is not None
    return int(row[0]), int(row[1])


async def write_contact(connection: Connection, row: ContactRow) -> None:
    """Log an attempt; until it is noted as taken it counts as not."""
    await connection.execute(
        """
        insert into notice.contact (cell, id, party, loan, channel, is_answered, actor,
                                    business_date, at, pack_hash)
        values ($1, $2, $3, $4, $5, false, $6, $7, $8, $9)
        """,
        row.cell,
        row.id,
        row.party,
        row.loan,
        row.channel,
        row.actor,
        row.business_date,
        row.at,
        row.pack_hash,
    )


async def mark_answered(connection: Connection, cell: int, party: int, number: int) -> bool:
    """Note that a call was taken; False: there is no such call of this person's."""
    done = await connection.fetchval(
        """
        update notice.contact set is_answered = true
        where cell = $1 and id = $2 and party = $3 and channel = 'call' returning true
        """,
        cell,
        number,
        party,
    )
    return bool(done)


async def log_letters(connection: Connection, letters: Sequence[GivenLetter]) -> None:
    """Log letters when they are first given; given again, they change nothing."""
    await connection.executemany(
        """
        insert into notice.letter (cell, application, letter, language, pack_hash, sha256, due_on,
                                   first_given_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (cell, application, letter, language, sha256) do nothing
        """,
        [
            (one.cell, one.application, one.letter, one.language, one.pack_hash, one.sha256,
             one.due_on, one.at)
            for one in letters
        ],
    )  # fmt: skip


async def write_choice(connection: Connection, cell: int, choice: PushChoice) -> None:
    """Write or replace a person's choice."""
    await connection.execute(
        """
        insert into notice.push_choice (cell, party, is_on, is_student, is_plain, changed_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (cell, party) do update set is_on = excluded.is_on,
            is_student = excluded.is_student, is_plain = excluded.is_plain,
            changed_at = excluded.changed_at
        """,
        cell,
        choice.party,
        choice.is_on,
        choice.is_student,
        choice.is_plain,
        choice.changed_at,
    )


async def lock_choice(connection: Connection, cell: int, party: int) -> PushChoice | None:
    """Return a person's choice, locked until the transaction ends; None: they never chose."""
    row = await connection.fetchrow(
        """
        select party, is_on, is_student, is_plain, changed_at from notice.push_choice
        where cell = $1 and party = $2 for update
        """,
        cell,
        party,
    )
    return None if row is None else PushChoice(**dict(row))


async def find_choice(connection: Connection, cell: int, party: int) -> PushChoice | None:
    """Return a person's choice; None: they never chose."""
    row = await connection.fetchrow(
        """
        select party, is_on, is_student, is_plain, changed_at from notice.push_choice
        where cell = $1 and party = $2
        """,
        cell,
        party,
    )
    return None if row is None else PushChoice(**dict(row))


async def list_willing(connection: Connection, cell: int, after: int, limit: int) -> list[int]:
    """Return a page of those who want personal pushes and do not study, in the order of ids."""
    rows = await connection.fetch(
        """
        select party from notice.push_choice
        where cell = $1 and party > $2 and is_on and not is_student and not is_plain
        order by party limit $3
        """,
        cell,
        after,
        limit,
    )
    return [int(row["party"]) for row in rows]


async def list_off(connection: Connection, cell: int, parties: Sequence[int]) -> set[int]:
    """Return which of these people want no pushes now."""
    rows = await connection.fetch(
        "select party from notice.push_choice where cell = $1 and party = any ($2) and not is_on",
        cell,
        list(parties),
    )
    return {int(row["party"]) for row in rows}


async def count_reached(connection: Connection, cell: int, party: int, since: datetime) -> int:
    """Return how often a person was reached since then: by pushes and by who contacted them."""
    found: int = await connection.fetchval(
        """
        select (select count(*) from notice.push where cell = $1 and party = $2 and at >= $3)
             + (select count(*) from notice.contact where cell = $1 and party = $2 and at >= $3)
        """,
        cell,
        party,
        since,
    )
    return found


async def list_pushes(connection: Connection, cell: int, party: int, limit: int) -> list[PushRow]:
    """Return the newest pushes to a person, newest first."""
    rows = await connection.fetch(
        """
        select cell, id, party, consent, consent_version, template, reason, is_plain,
               business_date, at
          from notice.push where cell = $1 and party = $2 order by id desc limit $3
        """,
        cell,
        party,
        limit,
    )
    return [PushRow(**dict(row)) for row in rows]


async def count_pushes(connection: Connection, cell: int, party: int, day: date) -> int:
    """Return how many pushes a person got on a day."""
    found: int = await connection.fetchval(
        "select count(*) from notice.push where cell = $1 and party = $2 and business_date = $3",
        cell,
        party,
        day,
    )
    return found


async def write_push(connection: Connection, row: PushRow) -> None:
    """Log a push."""
    await connection.execute(
        """
        insert into notice.push (cell, id, party, consent, consent_version, template, reason,
                                 is_plain, business_date, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        row.cell,
        row.id,
        row.party,
        row.consent,
        row.consent_version,
        row.template,
        row.reason,
        row.is_plain,
        row.business_date,
        row.at,
    )


async def write_notice(connection: Connection, row: BoxRow) -> None:
    """Put a notice into the box."""
    await connection.execute(
        """
        insert into notice.box (cell, id, party, address_blind, channel, template, body, at)
        values ($1, $2, $3, $4, 'sms', $5, $6, $7)
        """,
        row.cell,
        row.id,
        row.party,
        row.address_blind,
        row.template,
        row.body,
        row.at,
    )


async def latest_notices(
    connection: Connection, cell: int, address_blind: bytes, limit: int
) -> list[BoxRow]:
    """Return the newest notices to one address, newest first."""
    rows = await connection.fetch(
        """
        select cell, id, party, address_blind, template, body, at from notice.box
        where cell = $1 and address_blind = $2 order by id desc limit $3
        """,
        cell,
        address_blind,
        limit,
    )
    return [BoxRow(**dict(row)) for row in rows]


async def name_party(connection: Connection, cell: int, address_blind: bytes, party: int) -> None:
    """Name whose the notices to an address are, where nobody is named."""
    await connection.execute(
        """
        update notice.box set party = $3
        where cell = $1 and address_blind = $2 and party is null
        """,
        cell,
        address_blind,
        party,
    )
