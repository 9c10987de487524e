"""Stored decisions as monitoring looks at them: what was known, and what each model said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import NamedTuple

from tongtu.kernel.ids import ApplicationId, DecisionId
from tongtu.origination.flow.versions import Versions
from tongtu.origination.model import Decided
from tongtu.origination.rules.record import Unpacker, decode
from tongtu.origination.store import application as applications
from tongtu.origination.store.version import find_hashes
from tongtu.risk.api import stated_row
from tongtu.runtime.api import Runtime

_NEWEST = DecisionId((1 << 63) - 1)
# Read together, in a thread: a page takes some ten milliseconds of it.
PAGE = 500


class Judged(NamedTuple):
    """A decision: `row` is its stated facts, `model` the hash of what scored it."""

    application: ApplicationId
    business_date: date
    row: tuple[int, ...]
    decided: Decided
    model: str
    challenger: str
    rules_only: bool


async def judged(
    runtime: Runtime, versions: Versions, cell: int, limit: int
) -> AsyncIterator[list[Judged]]:
    """Yield a cell's decisions in pages, newest first."""
    before, left = _NEWEST, limit
    hashes: dict[int, dict[str, str]] = {}
    unpackers: dict[int, Unpacker] = {}
    while left > 0:
        async with runtime.database.reading() as connection:
            most = min(PAGE, left)
            page = await applications.latest_decisions(connection, cell, (0, before), most)
            for number in {row.version for _, row in page} - set(hashes):
                hashes[number] = await find_hashes(connection, number)
                unpackers[number] = await versions.unpacker_of(connection, number)
        if not page:
            return
        rows = [row for _, row in page]
        yield await asyncio.to_thread(_read, rows, unpackers, hashes)
        left -= len(page)
        before = page[-1][0]


def _read(
    rows: list[applications.DecisionRow],
    unpackers: dict[int, Unpacker],
    hashes: dict[int, dict[str, str]],
) -> list[Judged]:
    found = []
    for row in rows:
        record = decode(unpackers[row.version].unpack(row.record)[0])
        request, of = record.case.request, hashes[row.version]
        found.append(
            Judged(
                row.application,
                record.business_date,
                stated_row((*request.declared, request.amount_minor, request.tenor_months)),
                record.decided,
                of["model"],
                of["challenger"],
                record.case.known.rules_only,
            )
        )
    return found
