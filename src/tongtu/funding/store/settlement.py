"""Settlements as rows: made once a lender and day, answered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tongtu.funding.rules.settlement import Settlement, SettlementState
from tongtu.runtime.api import Connection

# A file holds a lender's money of all cells: it is the platform's own row.
CELL = 0
_FIELDS = """lender, day, opening_minor, total_minor, closing_minor, lines, content, state, made_at,
    answered_at, note"""
_ADD = """
insert into funding.settlement (cell, lender, day, opening_minor, total_minor, closing_minor,
    lines, content, sha256, state, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'made', $10) on conflict do nothing
"""
_FIND = f"select {_FIELDS} from funding.settlement where cell = $1 and lender = $2 and day = $3"
_LIST = f"""
select {_FIELDS} from funding.settlement
 where cell = $1 and day = $2 and ($3::int2 is null or lender = $3) order by lender
"""
_ANSWER = f"""
update funding.settlement set state = $5, answered_at = $6, answered_by = $7, note = $8
 where cell = $1 and lender = $2 and day = $3 and sha256 = $4 and state = 'made'
returning {_FIELDS}
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a lender says of a file: which file, yes or no, who, when and why."""

    sha256: bytes
    state: SettlementState
    by: int
    at: datetime
    note: str | None


async def add(connection: Connection, made: Settlement, at: datetime) -> None:
    """Keep a settlement; one that stands is left as it is."""
    await connection.execute(
        _ADD,
        CELL,
        made.lender,
        made.day,
        made.opening_minor,
        made.total_minor,
        made.closing_minor,
        made.lines,
        made.content,
        made.sha256,
        at,
    )


async def find(connection: Connection, lender: int, day: date) -> Settlement | None:
    """Return the settlement of a lender and day, if it was made."""
    row = await connection.fetchrow(_FIND, CELL, lender, day)
    return None if row is None else _read(row)


async def of_day(connection: Connection, day: date, lender: int | None) -> Sequence[Settlement]:
    """Return a day's settlements, of one lender or of all."""
    return [_read(row) for row in await connection.fetch(_LIST, CELL, day, lender)]


async def answer(
    connection: Connection, lender: int, day: date, said: Answered
) -> Settlement | None:
    """Keep what a lender says of the very file it names; None when there is no such open one."""
    row = await connection.fetchrow(
        _ANSWER, CELL, lender, day, said.sha256, said.state.value, said.at, said.by, said.note
    )
    return None if row is None else _read(row)


def _read(row: object) -> Settlement:
    values = dict(row)  # type: ignore[call-overload]  # asyncpg's Record is a mapping
    values["state"] = SettlementState(values["state"])
    return Settlement(**values)
