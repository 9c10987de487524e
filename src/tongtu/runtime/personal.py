"""What a context holds of a person: where, what for, and what becomes of it at the end.

A context declares its tables; finding, counting, reading and ending the rows is the same for all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tongtu.kernel.errors import Broken
from tongtu.runtime.database import Connection
from tongtu.runtime.keys import Keys
from tongtu.runtime.sealed import SealedColumn

# Far beyond what one person leaves in one table; more is told, never cut off silently.
ROWS_MAX = 100_000
_NAME = re.compile(r"(?<!:):([a-z_]+)")
_DEED = "select set_config('tongtu.deed', 'erase', true)"


class End(StrEnum):
    """What becomes of rows that no rule keeps any more."""

    DELETE = "delete"
    BLANK = "blank"  # what is personal in them is taken out
    NUMBER = "number"  # they stay: a number that leads to nobody once the vault's row is gone


@dataclass(frozen=True, slots=True)
class Person:
    """Whose rows are meant: the party, its cases, and the hashes its phone and id leave."""

    cell: int
    party: int
    cells: Sequence[int] = ()
    blinds: Sequence[bytes] = ()
    applications: Sequence[int] = ()
    agreements: Sequence[int] = ()
    loans: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """The rows of one table that are about a person.

    `whose` is a condition with the names of `Person` (":party"); `duties` the kinds of retention
    that may keep the rows; `hidden` the columns that are keys, salts and hashes; `sealed` the one
    that only opens with our keys, which `plain` unpacks; `blank` is what an end by BLANK sets;
    `beside` a query of one JSON value that an export shows as the row's text.
    """

    table: str
    whose: str
    zh: str
    en: str
    duties: tuple[str, ...] = ()
    end: End = End.DELETE
    blank: str = ""
    hidden: tuple[str, ...] = ()
    sealed: SealedColumn | None = None
    plain: Callable[[bytes], bytes] = bytes
    is_file: bool = False
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A row as its person may read it, and what was sealed in it."""

    told: Mapping[str, Any]
    content: bytes | None


async def count_held(connection: Connection, holding: Holding, person: Person) -> int:
    """Return how many rows of a table are about a person."""
    where, given = _bound(holding.whose, person)
    count: int = await connection.fetchval(
        f"""-- house: sql-hole - as it is declared
        select count(*) from {holding.table} t where {where}
        """,
        *given,
    )
    return count


async def read_held(
    connection: Connection, keys: Keys, holding: Holding, person: Person
) -> list[Held]:
    """Return every row of a table that is about a person, opened, without keys, salts and hashes.

    Raises:
        Broken: there are more than anybody leaves; a value does not open.
    """
    where, given = _bound(holding.whose, person)
    sealed = holding.sealed
    wanted = () if sealed is None else (sealed.column, *sealed.key)
    columns = "".join(f", t.{name}" for name in wanted)
    left_out = [*holding.hidden, *wanted[:1]]
    text = f"jsonb_build_object('text', ({holding.beside}))" if holding.beside else "'{}'::jsonb"
    rows = await connection.fetch(
        f"""-- house: sql-hole - as it is declared
        select (to_jsonb(t) - ${len(given) + 1}::text[]) || {text} as told{columns}
        from {holding.table} t where {where} limit {ROWS_MAX + 1}
        """,
        *given,
        left_out,
    )
    if len(rows) > ROWS_MAX:
        raise Broken(f"{holding.table} has more than {ROWS_MAX} rows of one person")
    return [_opened(keys, holding, dict(row)) for row in rows]


async def end_held(connection: Connection, holding: Holding, person: Person, at: datetime) -> int:
    """End the rows of a table that are about a person, as declared; return how many they were."""
    if holding.end is End.NUMBER:
        return await count_held(connection, holding, person)
    where, given = _bound(holding.whose, person)
    await connection.execute(_DEED)
    if holding.end is End.BLANK:
        blank = holding.blank.replace(":at", f"${len(given) + 1}::timestamptz")
        # A statement has the parameters that it names, and no others.
        given = [*given, at] if blank != holding.blank else given
        tag = await connection.execute(
            f"update {holding.table} t set {blank} where {where}", *given
        )
    else:
        tag = await connection.execute(
            f"""-- house: sql-hole - as it is declared
            delete from {holding.table} t where {where}
            """,
            *given,
        )
    return int(tag.split()[-1])


def _opened(keys: Keys, holding: Holding, row: Mapping[str, Any]) -> Held:
    told = json.loads(row["told"])
    sealed, content = holding.sealed, None
    if sealed is not None and row[sealed.column] is not None:
        content = holding.plain(keys.open(row[sealed.column], sealed.bound_to(row)))
    return Held(told, content)


def _bound(condition: str, person: Person) -> tuple[str, list[Any]]:
    """Return the condition with numbered parameters, and the values of those it names."""
    names = list(dict.fromkeys(_NAME.findall(condition)))
    values = [getattr(person, name) for name in names]
    given = [list(value) if isinstance(value, list | tuple) else value for value in values]
    return _NAME.sub(lambda found: f"${names.index(found[1]) + 1}", condition), given


HELD = (
    Holding(
        "runtime.command",
        "t.cell = :cell and t.caller = :party",
        "为重复请求保存的答复",
        "Answers kept for requests that are repeated",
        duties=("contract",),  # without it a repeated payment would be another one
        hidden=("body_hash", "answer"),
    ),
)
NUMBERED = {
    "runtime.outbox": "events about numbered things",
    "runtime.inbox": "which events were handled",
    "runtime.retry": "which events are tried again",
}
