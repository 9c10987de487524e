"""The lane alone: the bare endpoint, with one durable row a request written through a lane."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

from bench.decision.bare import read_body, reply
from bench.decision.body import DECODER

from tongtu.kernel.ids import IdSource
from tongtu.runtime.api import Connection, Database, Lane, settle_memory

TABLE = """
create schema if not exists bench;
create table if not exists bench.lane_row (
    id int8 primary key, body bytea not null, amount_minor int8 not null
)
"""
_WRITE = """
insert into bench.lane_row (id, body, amount_minor)
select * from unnest($1::text::int8[], $2::bytea[], $3::text::int8[]) on conflict do nothing
"""
Row = tuple[int, bytes, int]
_ids = IdSource(lambda: time.time_ns() // 1_000_000)
_lanes: list[Lane[Row, int]] = []


async def write(connection: Connection, rows: Sequence[Row]) -> list[int]:
    ids, bodies, amounts = zip(*rows, strict=True)
    await connection.execute(_WRITE, _ints(ids), bodies, _ints(amounts))
    return list(ids)


def _ints(values: Sequence[int]) -> str:
    return f"{{{str(list(values))[1:-1]}}}"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer once the row is durable."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    body = await read_body(receive)
    asked = DECODER.decode(body)
    written = await _lanes[0].enqueue((_ids.new(0), body, asked.amount_minor))
    await reply(send, b'{"id":"%d","amount_minor":%d}' % (written, asked.amount_minor))


async def _live(receive: Any, send: Any) -> None:
    await receive()
    database = Database(os.environ["BENCH_DSN"])
    lane: Lane[Row, int] = Lane("bench", database.lane_connection, write)
    await lane.start()
    _lanes.append(lane)
    settle_memory()  # as `tongtu serve` does
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await lane.stop()
    await send({"type": "lifespan.shutdown.complete"})
