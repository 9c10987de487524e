"""Takes rows of a running loan book over, each in a commit of its own; undoes a whole batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from tongtu.funding.api import Book
from tongtu.identity.api import Caller, CommandKey, once
from tongtu.journey.steps import Step
from tongtu.kernel.errors import Conflict, NotFound, Refused, TongtuError
from tongtu.kernel.ids import LenderId
from tongtu.policy.api import Pack
from tongtu.process.api import append
from tongtu.runtime.api import Connection, Runtime
from tongtu.servicing.api import (
    Position,
    SourceLoan,
    Taken,
    TakeOver,
    begin_batch,
    look_over,
    take_over,
    undo_take_over,
)

ALL_IN_CAP = "all_in_cap_ppm"
_PPM_PER_BPS = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Registry:
    """What a running book is taken over by."""

    runtime: Runtime
    pack: Pack
    book: Book


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """A part of a batch: the file it is of, the cut-over day, and whether nothing is written."""

    batch: str
    cut_over: date
    file_sha256: bytes
    is_dry: bool


async def take_book_over(
    registry: Registry, caller: Caller, wish: Wish, rows: Sequence[tuple[int, SourceLoan]]
) -> list[dict[str, Any]]:
    """Take rows over (line and loan), each by itself; return what became of each.

    A refused row stops no other. The same row of the same batch again changes nothing.

    Raises:
        Conflict: the batch stands for another file or day, or was undone (`other_batch`).
    """
    runtime = registry.runtime
    if not wish.is_dry:
        async with runtime.database.transaction() as connection:
            await begin_batch(connection, runtime, _batch(registry, caller, wish, None))
    results = []
    for line, source in rows:
        told: dict[str, Any] = {"line": line, "external": source.external}
        try:
            taken = await _take(registry, caller, wish, source)
        except (Conflict, NotFound, Refused) as refusal:
            results.append(told | _refused(refusal))
        else:
            results.append(told | _taken(runtime, wish, taken))
    return results


async def undo_book(runtime: Runtime, caller: Caller, batch: str, key: CommandKey) -> bytes:
    """Undo a whole batch by reversal; return {"batch", "loans"} as JSON.

    Raises:
        NotFound: no such batch.
        Conflict: something happened to one of its loans since (`batch_in_use`).
    """

    async def effect(connection: Connection) -> bytes:
        loans = await undo_take_over(connection, runtime, batch, caller.subject)
        return msgspec.json.encode({"batch": batch, "loans": loans})

    return await once(runtime, caller, "undo_loan_import", key, effect)


async def _take(registry: Registry, caller: Caller, wish: Wish, source: SourceLoan) -> Taken:
    runtime = registry.runtime
    batch = _batch(registry, caller, wish, source)
    if wish.is_dry:
        async with runtime.database.reading() as connection:
            return await look_over(connection, batch, source)
    async with runtime.database.transaction() as connection:
        taken = await take_over(connection, runtime, batch, source)
        if taken.is_new and taken.loan is not None:
            cell, at = runtime.cell(taken.loan), runtime.clock.now()
            # The loan is its own case: it begins where an own loan's money has arrived.
            await append(connection, cell, [taken.loan], [Step.FUNDED.value], at)
        return taken


def _batch(registry: Registry, caller: Caller, wish: Wish, source: SourceLoan | None) -> TakeOver:
    cap_bps = 0
    if source is not None:
        kind = registry.book.lender(LenderId(source.lender)).kind.value
        cap_bps = int(registry.pack.param(ALL_IN_CAP, wish.cut_over, kind=kind)) // _PPM_PER_BPS
    return TakeOver(wish.batch, wish.cut_over, wish.file_sha256, cap_bps, caller.subject)


def _refused(refusal: TongtuError) -> dict[str, Any]:
    return {"state": "refused", "code": refusal.code, "reason": refusal.detail}


def _taken(runtime: Runtime, wish: Wish, taken: Taken) -> dict[str, Any]:
    state = "taken" if taken.is_new else "already"
    if wish.is_dry:
        state = "differs" if taken.position.differences else "ready"
    loan = None if taken.loan is None else runtime.public.show("loan", taken.loan)
    return {"state": state, "loan": loan, **_position(taken.position)}


def _position(found: Position) -> dict[str, Any]:
    return {
        "outstanding_minor": found.outstanding_minor,
        "next_due_date": found.next_due_date.isoformat(),
        "next_instalment_minor": found.next_instalment_minor,
        "differences": [dataclasses.asdict(one) for one in found.differences],
        "arithmetic": found.arithmetic,
    }
