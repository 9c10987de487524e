"""Takes a running loan book over, row by row, once two persons allowed it; undoes it likewise."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from tongtu.funding.api import Book
from tongtu.identity.api import Approval, Caller, CommandKey, Proposal
from tongtu.journey.steps import PROCESS_VERSION, Step
from tongtu.journey.two_persons import Deed, do_deed, propose_deed
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
    check_batch,
    look_over,
    take_over,
    undo_take_over,
)

OPERATION = "loan_import"
DEED = Deed(OPERATION, "propose_loan_import", "allow_loan_import")
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
        Conflict: nobody allowed the batch (`not_approved`); it stands for another file or day, or
            was undone (`other_batch`).
    """
    runtime = registry.runtime
    if not wish.is_dry:
        async with runtime.database.reading() as connection:
            await check_batch(connection, _batch(registry, caller, wish, None))
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


async def propose_book(
    runtime: Runtime, caller: Caller, wish: Wish, key: CommandKey, *, is_undo: bool
) -> bytes:
    """Propose to take a file over as a batch, or to undo one; return {"approval"} as JSON.

    Raises:
        NotAllowed: another role than one that may propose.
    """

    async def prepare(_: Connection) -> tuple[Proposal, dict[str, str]]:
        return _proposal(runtime, wish, is_undo), {}

    return await propose_deed(runtime, caller, key, DEED, prepare)


async def allow_book(registry: Registry, caller: Caller, approval: int, key: CommandKey) -> bytes:
    """Allow what another person proposed; return {"batch", "loans"} as JSON.

    A batch is then open for its file's rows. An undo is done with this: by reversal, as a whole.

    Raises:
        NotFound, NotAllowed: no such proposal, or batch to undo; one's own; a role that may not.
        Conflict: decided already; the batch stands for another file; something happened to one of
            its loans since (`batch_in_use`).
    """
    runtime = registry.runtime

    async def effect(connection: Connection, allowed: Approval) -> dict[str, Any]:
        told = msgspec.json.decode(allowed.body)
        wish = Wish(
            told["batch"], date.fromisoformat(told["cut_over"]),
            bytes.fromhex(told["file_sha256"]), is_dry=False,
        )  # fmt: skip
        loans = 0
        if told["is_undo"]:
            loans = await undo_take_over(connection, runtime, wish.batch, caller.subject)
        else:
            await begin_batch(connection, runtime, _batch(registry, caller, wish, None))
        return {"batch": wish.batch, "loans": loans}

    return await do_deed(runtime, caller, (approval, key), DEED, effect)


def _proposal(runtime: Runtime, wish: Wish, is_undo: bool) -> Proposal:
    told = {
        "batch": wish.batch,
        "cut_over": wish.cut_over.isoformat(),
        "file_sha256": wish.file_sha256.hex(),
        "is_undo": is_undo,
    }
    subject = runtime.keys.hash64(OPERATION, wish.batch)
    return Proposal(OPERATION, subject, msgspec.json.encode(told, order="sorted"))


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
            steps = [Step.FUNDED.value]
            await append(connection, cell, [taken.loan], steps, at, version=PROCESS_VERSION)
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
