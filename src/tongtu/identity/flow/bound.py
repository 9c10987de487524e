"""How often something may be tried: counted in the database, one row a key, by windows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tongtu.identity.store import code as codes
from tongtu.kernel.ids import cell_of, shard_of
from tongtu.runtime.api import Connection, Runtime


@dataclass(frozen=True, slots=True)
class Bound:
    """At most `uses_max` of something in each window of the clock."""

    what: str
    window: timedelta
    uses_max: int


async def take_within(
    connection: Connection, runtime: Runtime, cell: int, bound: Bound
) -> int | None:
    """Count one use; when none is left, count nothing and return in how many seconds one is."""
    at = runtime.clock.now()
    window_s = int(bound.window.total_seconds())
    past_s = int(at.timestamp()) % window_s
    limit = codes.Limit(
        key=runtime.keys.blind("attempt", f"{bound.what}:{window_s}"),
        window_at=at.replace(microsecond=0) - timedelta(seconds=past_s),
        uses_max=bound.uses_max,
    )
    is_taken = await codes.take_attempt(connection, cell, limit)
    return None if is_taken else window_s - past_s


def cell_of_bound(runtime: Runtime, what: str) -> int:
    """Return the cell in which uses of what belongs to nobody are counted."""
    return cell_of(shard_of(runtime.keys.blind("attempt", what)), runtime.settings.cells)
