"""What is sealed, column by column: sealed anew under the newest key, counted by key.

A context says which of its columns are sealed and what each value is bound to; nothing else of a
row is read or changed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongtu.kernel.errors import Conflict
from tongtu.runtime.database import Connection
from tongtu.runtime.keys import Keys, head_of, is_by_sm4, sm4_head_of
from tongtu.runtime.keyset import check_retirable
from tongtu.runtime.runtime import Runtime

# A document has up to 4 MB: so many are opened and sealed in one commit.
RESEALED_AT_ONCE = 50
_ROUNDS_MAX = 10_000_000
# A row that may never change allows this one thing: the same content under another key.
_DEED = "select set_config('tongtu.deed', 'reseal', true)"


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values, the primary key of its table, and what a row's value is bound to.

    `bound_to` is handed the columns of the key by name.
    """

    table: str
    key: tuple[str, ...]
    column: str
    bound_to: Callable[[Mapping[str, Any]], bytes]


Told = Callable[[SealedColumn, int], None]


async def reseal(
    runtime: Runtime, columns: Sequence[SealedColumn], told: Told = lambda _column, _count: None
) -> int:
    """Seal whatever is sealed with an older key under the newest; return how many values.

    Some at a time, each its own commit, of which `told` hears: whatever stops it, the next call
    goes on with the rest. Rows that are written meanwhile are sealed with the newest key anyway.
    """
    done = 0
    for column in columns:
        after: tuple[Any, ...] | None = None
        for _ in range(_ROUNDS_MAX):
            async with runtime.database.transaction() as connection:
                count, after = await _reseal_some(connection, runtime.keys, column, after)
            done += count
            told(column, count)
            if count < RESEALED_AT_ONCE:
                break
    return done


async def count_uses(
    connection: Connection, columns: Sequence[SealedColumn]
) -> dict[int, dict[str, int]]:
    """Return by key how many values of each table are sealed with it, by either cipher."""
    uses: dict[int, dict[str, int]] = {}
    for one in columns:
        rows = await connection.fetch(
            f"""-- house: sql-hole - tables and columns are a context's own declaration
            select case
                when get_byte({one.column}, 0) = 2
                then get_byte({one.column}, 1) * 256 + get_byte({one.column}, 2)
                when substring({one.column} from 1 for 4) = '\\x534d3402'::bytea
                then get_byte({one.column}, 4) * 256 + get_byte({one.column}, 5)
                else 0 end as key, count(*) as count
            from {one.table} where {one.column} is not null group by 1
            """
        )
        for row in rows:
            of_key = uses.setdefault(row["key"], {})
            of_key[one.table] = of_key.get(one.table, 0) + row["count"]
    return uses


async def rotate_key(runtime: Runtime) -> int:
    """Make a key that seals from now on, in every process, and return its number."""
    return runtime.keys.file.rotate(runtime.entropy, runtime.clock.now())


async def retire_key(runtime: Runtime, columns: Sequence[SealedColumn], number: int) -> None:
    """Destroy a key that nothing is sealed with any more.

    Raises:
        NotFound: there is no such key.
        Conflict: `key_in_use`: it seals, was replaced just now, or values are sealed with it;
            `key_retired`.
    """
    at = runtime.clock.now()
    check_retirable(runtime.keys.keyset().keys, number, at)
    async with runtime.database.reading() as connection:
        found = (await count_uses(connection, columns)).get(number, {})
    if found:
        told = ", ".join(f"{count} in {table}" for table, count in sorted(found.items()))
        raise Conflict(
            f"values are sealed with key {number}: {told}; seal them anew first",
            code="key_in_use",
        )
    runtime.keys.file.retire(number, at)


async def _reseal_some(
    connection: Connection, keys: Keys, of: SealedColumn, after: tuple[Any, ...] | None
) -> tuple[int, tuple[Any, ...] | None]:
    """Seal some rows anew, those behind `after` in the order of the key; return the last."""
    key = ", ".join(of.key)
    newest = keys.keyset().primary
    behind = ""
    if after is not None:
        behind = f"and ({key}) > ({', '.join(f'${n}' for n in range(4, 4 + len(of.key)))})"
    rows = await connection.fetch(
        f"""-- house: sql-hole - tables and columns are a context's own declaration
        select {key}, {of.column} as sealed from {of.table}
        where substring({of.column} from 1 for 3) <> $1
            and substring({of.column} from 1 for 6) <> $2 {behind}
        order by {key} limit $3 for update
        """,
        head_of(newest),
        sm4_head_of(newest),
        RESEALED_AT_ONCE,
        *(after or ()),
    )
    if not rows:
        return 0, after
    fresh = []
    for row in rows:
        bound_to = of.bound_to(dict(row))
        plain = keys.open(row["sealed"], bound_to)
        sealed = keys.seal(plain, bound_to, by_sm4=is_by_sm4(row["sealed"]))
        fresh.append((*(row[name] for name in of.key), sealed))
    same = " and ".join(f"{name} = ${n}" for n, name in enumerate(of.key, start=1))
    await connection.execute(_DEED)
    await connection.executemany(
        f"update {of.table} set {of.column} = ${len(of.key) + 1} where {same}", fresh
    )
    return len(rows), fresh[-1][:-1]
