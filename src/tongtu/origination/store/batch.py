"""The two calls of the decision lane: facts for a batch, and the batch as one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import asyncpg

from tongtu.kernel.ids import ProgramId
from tongtu.origination.model import OFFERS_HELD, ApplyRequest, Known
from tongtu.risk.api import UNSAID, Background
from tongtu.runtime.api import Connection

OPERATION = "apply"
# Lists travel as PostgreSQL's own array text, and values of one length one after the other: the
# driver looks at each element of a list several times, for up to a microsecond.
_INTS, _TEXTS = "${}::text::int8[]", "${}::text::text[]"
_PREFETCH = f"""
select found.*, identity.links_batch($1, {_INTS.format(2)}) as links, known.*
  from origination.prefetch_batch(
    $1, {_INTS.format(2)}, {_INTS.format(3)}, $4, {_TEXTS.format(5)}, $6) found,
       risk.known_batch($1, {_INTS.format(2)}) known
"""
_DECIDE_LISTS = dict.fromkeys((7, 10, 11, 12, 14, 15, 16, 17, 20, 21, 22, 23, 24, 28), _INTS)
_DECIDE_LISTS |= dict.fromkeys((8, 13, 18, 19), _TEXTS)
_DECIDE = (
    "select origination.decide_batch({}, $36),"
    " risk.append_signals($1, $2, $33, $6, $34, $35)".format(
        ", ".join(_DECIDE_LISTS.get(n, "${}").format(n) for n in range(1, 33))
    )
)
_STORED = "select true from runtime.command_find($1, array[$2::int8], $3, array[$4::text])"
_MICROSECOND = timedelta(microseconds=1)
# What the database says when the world moved between the two calls; see the migration.
DAY = "day"
COMMAND = "command"
# A command that was stored meanwhile is met by the key of the table, which has no code of ours.
_COMMAND_KEY = "command_pkey"
RACES: Mapping[str, str] = {
    "TQ001": "quota",
    "TQ002": "consent",
    "TQ003": DAY,
    "TQ004": COMMAND,  # as the release before told it
    "40P01": "deadlock",
    "40001": "serialization",
}


class Raced(Exception):
    """Another commit came between prefetch and write: nothing was written, look again."""

    def __init__(self, race: str) -> None:
        super().__init__(race)
        self.race = race


class StoredCommand(NamedTuple):
    """A command that already took effect: its body's hash and where its answer lies."""

    body_hash: bytes
    version: int
    record: bytes


@dataclass(frozen=True, slots=True)
class Prefetched:
    """What a batch may look at."""

    people: list[Known]
    links: list[Sequence[int]]  # phone, resident id, address, card as keyed hashes; 0 = not given
    backgrounds: list[Background]
    outside: list[str | None]  # what outside sources said, as risk shows it
    remaining: dict[ProgramId, int]
    stored: dict[int, StoredCommand]  # by position in the batch


class Written(NamedTuple):
    """One decision's row on its way into the commit."""

    request: ApplyRequest
    outcome: str
    step: str
    points: int
    band: int
    programs: tuple[ProgramId, ...]
    record: bytes
    commitment: bytes
    consents_used: int


@dataclass(frozen=True, slots=True)
class Commit:
    """What all decisions of a batch share."""

    cell: int
    batch: int
    version: int
    business_date: date
    at: datetime
    process_version: str
    event: bytes
    signals: bytes  # what the batch came with, packed by risk
    hits: Sequence[int] | None  # application, list entry, …; None when no list was met
    writer: int


async def prefetch(
    connection: Connection,
    cell: int,
    requests: Sequence[ApplyRequest],
    business_date: date,
) -> Prefetched:
    """Read everything the batch needs in one call; velocity is counted in memory (risk)."""
    row = await connection.fetchrow(
        _PREFETCH,
        cell,
        _ints([request.party for request in requests]),
        _ints([request.caller for request in requests]),
        OPERATION,
        _texts([request.key for request in requests]),
        business_date,
    )
    assert row is not None
    people, exposures, programs, remaining, *commands, links, backgrounds, outside = row
    found = {place: facts for place, *facts in people or ()}
    owed: dict[int, int] = dict(exposures or ())
    return Prefetched(
        people=[
            _known(found.get(place), owed.get(request.party, 0))
            for place, request in enumerate(requests, start=1)
        ],
        links=links,
        backgrounds=[Background(*one) if any(one) else UNSAID for one in backgrounds],
        outside=outside,
        remaining=dict(zip(programs or (), remaining or (), strict=True)),
        stored={
            place - 1: StoredCommand(body_hash, version, record)
            for place, body_hash, version, record in zip(
                *(column or () for column in commands), strict=True
            )
        },
    )


async def is_stored(connection: Connection, cell: int, request: ApplyRequest) -> bool:
    """Tell whether the command of a request took effect before, with whatever body."""
    return bool(await connection.fetchval(_STORED, cell, request.caller, OPERATION, request.key))


async def write(connection: Connection, commit: Commit, rows: Sequence[Written]) -> None:
    """Write the whole batch in one statement, which is one commit, or nothing.

    Raises:
        Raced: a quota, a consent, the day or a command moved meanwhile.
    """
    programs: list[int] = []
    reserved: dict[int, int] = {}
    offers_from: list[int] = []
    offers_to: list[int] = []
    for row in rows:
        offers_from.append(len(programs) + 1)
        programs += row.programs
        offers_to.append(len(programs))
        for program in row.programs[:OFFERS_HELD]:
            reserved[program] = reserved.get(program, 0) + row.request.amount_minor
    requests = [row.request for row in rows]
    in_order = sorted(reserved)
    try:
        await connection.execute(
            _DECIDE,
            commit.cell,
            commit.batch,
            OPERATION,
            commit.version,
            commit.business_date,
            commit.at,
            _ints([request.caller for request in requests]),
            _texts([request.key for request in requests]),
            b"".join([request.body_hash for request in requests]),
            _ints([request.application for request in requests]),
            _ints([request.decision for request in requests]),
            _ints([request.party for request in requests]),
            _texts([request.product for request in requests]),
            _ints([request.amount_minor for request in requests]),
            _ints([request.tenor_months for request in requests]),
            _ints([request.device_hash for request in requests]),
            _ints([(commit.at - request.submitted_at) // _MICROSECOND for request in requests]),
            _texts([row.outcome for row in rows]),
            _texts([row.step for row in rows]),
            _ints([row.points for row in rows]),
            _ints([row.band for row in rows]),
            _ints(offers_from),
            _ints(offers_to),
            _ints(programs),
            b"".join([request.salt for request in requests]),
            [row.record for row in rows],
            b"".join([row.commitment for row in rows]),
            _ints([row.consents_used for row in rows]),
            in_order,
            [reserved[program] for program in in_order],
            commit.process_version,
            commit.event,
            commit.writer,
            commit.signals,
            commit.hits,
            OFFERS_HELD,
        )
    except asyncpg.PostgresError as error:
        race = _race_of(error)
        if race is None:
            raise
        raise Raced(race) from error


def _race_of(error: asyncpg.PostgresError) -> str | None:
    """Return which race an error of the commit tells of, None where it is a fault."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return COMMAND if error.constraint_name == _COMMAND_KEY else None
    return RACES.get(error.sqlstate or "")


def _ints(values: list[int]) -> str:
    return f"{{{str(values)[1:-1]}}}"


def _texts(values: list[str]) -> str:
    text = '","'.join(values)
    if "\\" in text or text.count('"') != 2 * (len(values) - 1):
        values = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
        text = '","'.join(values)
    return f'{{"{text}"}}' if values else "{}"


def _known(facts: Sequence[int] | None, exposure_minor: int) -> Known:
    """Return what the database knows; the lane adds what memory counts."""
    if facts is None:
        return Known(None, None, 0, exposure_minor, 0, 0, None)
    is_identified, adult_on, consents = facts
    born = date.fromordinal(adult_on) if adult_on else None
    return Known(bool(is_identified), born, consents, exposure_minor, 0, 0, None)
