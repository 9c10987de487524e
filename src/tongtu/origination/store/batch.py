"""The two calls of the decision lane: facts for a batch, and the batch as one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from tongtu.kernel.ids import ProgramId
from tongtu.origination.model import ApplyRequest, Known
from tongtu.risk.api import UNSAID, Background
from tongtu.runtime.api import Connection

OPERATION = "apply"
# Velocity is counted in memory (risk): the database is asked for no count.
_COUNT_NONE = 0
# Long lists of numbers travel as PostgreSQL's own array text: the driver looks at each element of a
# list several times to learn its shape, which costs more than the server's parsing of this text.
_INTS = "${}::text::int8[]"
_PREFETCH = f"""
select found.*, identity.links_batch($1, {_INTS.format(2)}) as links,
       risk.background_batch($1, {_INTS.format(2)}) as background
  from origination.prefetch_batch(
    $1, {_INTS.format(2)}, {_INTS.format(3)}, $4, $5, {_INTS.format(6)}, $7, $8, $9) found
"""
_DECIDE_INTS = (7, 10, 11, 12, 14, 15, 16, 20, 21, 22, 23, 24, 28)
_DECIDE = (
    "select origination.decide_batch({}), risk.append_signals($1, $2, $33, $6, $34, $35)".format(
        ", ".join(_INTS.format(n) if n in _DECIDE_INTS else f"${n}" for n in range(1, 33))
    )
)
# What the database says when the world moved between the two calls; see the migration.
DAY = "day"
RACES: Mapping[str, str] = {
    "TQ001": "quota",
    "TQ002": "consent",
    "TQ003": DAY,
    "TQ004": "command",
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
    at: datetime,
) -> Prefetched:
    """Read everything the batch needs in one call."""
    row = await connection.fetchrow(
        _PREFETCH,
        cell,
        _ints([request.party for request in requests]),
        _ints([request.caller for request in requests]),
        OPERATION,
        [request.key for request in requests],
        _ints([request.device_hash for request in requests]),
        at,
        _COUNT_NONE,
        business_date,
    )
    assert row is not None
    people, programs, remaining, places, hashes, versions, records, links, backgrounds = row
    return Prefetched(
        people=[_known(person) for person in people],
        links=links,
        backgrounds=[Background(*one) if any(one) else UNSAID for one in backgrounds],
        remaining=dict(zip(programs or (), remaining or (), strict=True)),
        stored={
            place - 1: StoredCommand(body_hash, version, record)
            for place, body_hash, version, record in zip(
                places or (), hashes or (), versions or (), records or (), strict=True
            )
        },
    )


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
        for program in row.programs:
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
            [request.key for request in requests],
            [request.body_hash for request in requests],
            _ints([request.application for request in requests]),
            _ints([request.decision for request in requests]),
            _ints([request.party for request in requests]),
            [request.product for request in requests],
            _ints([request.amount_minor for request in requests]),
            _ints([request.tenor_months for request in requests]),
            _ints([request.device_hash for request in requests]),
            [request.submitted_at for request in requests],
            [row.outcome for row in rows],
            [row.step for row in rows],
            _ints([row.points for row in rows]),
            _ints([row.band for row in rows]),
            _ints(offers_from),
            _ints(offers_to),
            _ints(programs),
            [request.salt for request in requests],
            [row.record for row in rows],
            [row.commitment for row in rows],
            _ints([row.consents_used for row in rows]),
            in_order,
            [reserved[program] for program in in_order],
            commit.process_version,
            commit.event,
            commit.writer,
            commit.signals,
            commit.hits,
        )
    except asyncpg.PostgresError as error:
        race = RACES.get(error.sqlstate or "")
        if race is None:
            raise
        raise Raced(race) from error


def _ints(values: Sequence[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _known(person: Sequence[int]) -> Known:
    identified, adult_on, consents, exposure, _, _ = person
    return Known(
        is_identified=None if identified < 0 else bool(identified),
        adult_on=date.fromordinal(adult_on) if adult_on else None,
        consent_mask=consents,
        exposure_minor=exposure,
        party_recent=0,
        device_recent=0,
        fraud=None,
    )
