"""What the day end and its kernel are compared with: SQL over plain rows, and DuckDB's scan."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from tongtu.runtime.api import Runtime
from tongtu.servicing.rules.close import Room, close
from tongtu.servicing.rules.snapshot import SEGMENT, Column, Ints
from tongtu.servicing.store.day import chunks_of
from tongtu.servicing.store.segment_file import SegmentFiles

THREADS = 2
STATEMENT_S = 7_200  # ten million loans on a busy machine
SCANNED = (Column.PRINCIPAL, Column.PERIOD_INTEREST, Column.SINCE, Column.PERIOD, Column.OLDEST)
# What a day end by SQL keeps of a loan: narrow rows, no trigger, no index but the key, and room on
# each page for the next version of its rows, so that every update stays on its page.
_PLAIN = """
create table plain_loan (id int8 primary key, lender int2, product int2, principal_minor int8,
    rate_bps int4, oldest_due date, accrued_minor int8, dpd int4, bucket int2, closed_on date)
    with (fillfactor = 50)
"""
# A loan's rate is its stencil's: the terms of ten million loans need no second reading.
_FILL = """
insert into plain_loan
with rates as materialized (select k, (terms::jsonb ->> 'rate_bps')::int4 as rate_bps
    from bench_stencil)
select l.id, l.lender, case l.product when 'consumer_cash' then 0 else 1 end, l.outstanding_minor,
    r.rate_bps,
    case when (l.id >> 22) % 20 = 0 then $1::date - ((l.id >> 22) % 100)::int4 end, 0, 0, 0, $1
from servicing.loan l join rates r on r.k = (l.id >> 22) % (select count(*) from rates)
"""
_UPDATE = """
update plain_loan set
    accrued_minor = accrued_minor + (2 * principal_minor * rate_bps + 3600000) / 7200000,
    dpd = coalesce($1::date - oldest_due, 0),
    bucket = width_bucket(coalesce($1::date - oldest_due, 0), array[1, 31, 61, 91]),
    closed_on = $1
"""


class Plain:
    """The loans as a plain table, closed by one UPDATE."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def fill(self, eve: date) -> None:
        connection = await self._connect()
        try:
            await connection.execute(_PLAIN)
            await connection.execute(_FILL, eve, timeout=STATEMENT_S)
            await connection.execute("vacuum analyze plain_loan", timeout=STATEMENT_S)
        finally:
            await connection.close()

    async def close(self, day: date) -> int:
        """Update every loan durably; return how many those are."""
        connection = await self._connect()
        try:
            told = await connection.execute(_UPDATE, day, timeout=STATEMENT_S)
            return int(told.split()[1])
        finally:
            await connection.close()

    async def tidy(self) -> None:
        """Take what is dead away and write out what is dirty, for whoever runs next."""
        connection = await self._connect()
        try:
            await connection.execute("vacuum plain_loan", timeout=STATEMENT_S)
            await connection.execute("checkpoint", timeout=STATEMENT_S)
        finally:
            await connection.close()

    async def _connect(self):
        connection = await self._runtime.database.lane_connection()
        await connection.execute("set statement_timeout = 0")
        return connection


async def segments_of(runtime: Runtime, day: date) -> list[Ints]:
    """Return the segments of all chunks as the close of `day` left them."""
    files = SegmentFiles(runtime.settings.home / "segments" / "cell-0")
    async with runtime.database.reading() as connection:
        chunks = await chunks_of(connection, 0, day)
    found = []
    for nr, done in sorted(chunks.items()):
        chunk = files.read(nr, done.token)
        if chunk is None:
            raise RuntimeError(f"chunk {nr} has no segments")
        found.append(chunk.columns[:SEGMENT].copy())
    return found


class Scan:
    """DuckDB with five of the columns in memory; a scan sums each of them."""

    def __init__(self, segments: Sequence[Ints]) -> None:
        self._duck = duckdb.connect()
        self._duck.execute(f"set threads = {THREADS}")
        for number, one in enumerate(segments):
            part = {column.name.lower(): one[column].copy() for column in SCANNED}
            self._duck.register("part", part)
            make = "create table loans as" if number == 0 else "insert into loans"
            self._duck.execute(f"{make} select * from part")
            self._duck.unregister("part")
        sums = ", ".join(f"sum({column.name.lower()})" for column in SCANNED)
        self._statement = f"select {sums} from loans"

    def run(self) -> float:
        """Return the seconds of a scan."""
        start = time.perf_counter()
        self._duck.execute(self._statement).fetchall()
        return time.perf_counter() - start


class Kernel:
    """The day end's kernel over the same loans."""

    def __init__(self, segments: Sequence[Ints], day: date) -> None:
        self._segments, self._day = segments, day.toordinal()
        self._pool, self._own = ThreadPoolExecutor(THREADS), threading.local()

    def run(self) -> float:
        """Return the seconds of closing all loans."""
        start = time.perf_counter()
        for _ in self._pool.map(self._close, self._segments):
            pass
        return time.perf_counter() - start

    def _close(self, part: Ints) -> None:
        """Close one chunk in the arrays of this thread."""
        room = getattr(self._own, "room", None)
        if room is None:
            room = self._own.room = Room(max(one.shape[1] for one in self._segments))
        close(part, self._day, room)

    def interest_minor(self) -> int:
        """Return what the kernel makes of all loans together."""
        return sum(int(np.sum(close(part, self._day).interest)) for part in self._segments)


def forget_peak() -> None:
    """Begin anew to count this process's greatest resident memory."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> int:
    """Return the greatest resident memory since `forget_peak`, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) // 1024
