"""Takes a running book over: each loan at its position of the cut-over day, or not at all.

The ledger has it through an opening-balance account that is 0 again with each loan. A batch is
undone as a whole, by reversal, as long as nothing happened to any loan of it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta

from tongtu.identity.api import open_person_party
from tongtu.kernel.errors import Conflict, NotFound, Refused
from tongtu.kernel.ids import id_shard, shard_of
from tongtu.ledger.api import Account, AccountKind, Code, open_accounts
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.flow import books, entry
from tongtu.servicing.model import EventKind, LoanEvent, LoanState, LoanStatus
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.opening import Position, SourceLoan, position
from tongtu.servicing.rules.snapshot import pack
from tongtu.servicing.store import day as day_store
from tongtu.servicing.store import imported as store
from tongtu.servicing.store import loan as loan_store

ONE_DAY = timedelta(days=1)
# A batch is undone in one commit, so that it is undone or not; larger books are several batches.
BATCH_LOANS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class TakeOver:
    """A batch under way: its name, cut-over day, the file's hash, and the cap on overdue rates."""

    batch: str
    cut_over: date
    file_sha256: bytes
    cap_bps: int
    made_by: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one row: `loan` is None in a dry run."""

    loan: int | None
    position: Position
    is_new: bool


async def take_over(
    connection: Connection, runtime: Runtime, batch: TakeOver, source: SourceLoan
) -> Taken:
    """Book one loan of a batch at its recomputed position; the same row again changes nothing.

    Raises:
        Conflict: the batch stands for another file, or was undone; the number stands for another
            loan (`imported_before`); the cut-over day is not the open business day (`other_day`).
        Refused: no position can be made of it, or a figure differs (`differs`).
    """
    known = await _known(connection, batch, source)
    found = await look_over(connection, batch, source)
    if known is not None:
        return Taken(known, found.position, is_new=False)
    if found.position.differences:
        first = found.position.differences[0]
        raise Refused(
            f"{first.figure}: theirs {first.theirs}, ours {first.ours}: {first.arithmetic}",
            code="differs",
        )
    blind = runtime.keys.blind("imported_borrower", source.borrower)
    fresh = runtime.ids.new(shard_of(blind))
    party = await store.borrower(connection, source.lender, blind, fresh)
    if party == fresh:
        await open_person_party(connection, runtime, party)
    loan = await _book(connection, runtime, (party, source), found.position)
    made = store.Imported(
        runtime.cell(party), loan, batch.batch, source.lender, source.external, party,
        _hash(source), json.dumps(_plain(source)),
    )  # fmt: skip
    await store.add(connection, made)
    return Taken(loan, found.position, is_new=True)


async def look_over(connection: Connection, batch: TakeOver, source: SourceLoan) -> Taken:
    """Return what taking a loan over would come to; nothing is written.

    Raises:
        Conflict: the cut-over day is not the open business day (`other_day`).
        Refused: no position can be made of it.
    """
    if batch.cut_over != await business_date(connection):
        raise Conflict("the cut-over day is not the open business day", code="other_day")
    return Taken(None, position(source, batch.cut_over, batch.cap_bps), is_new=True)


async def check_batch(connection: Connection, batch: TakeOver) -> None:
    """Refuse rows of a batch that nobody allowed.

    Raises:
        Conflict: there is no such batch (`not_approved`), or it is another file's or day's, or was
            undone (`other_batch`).
    """
    found = await store.find_batch(connection, batch.batch)
    if found is None:
        raise Conflict("this needs a second person's approval", code="not_approved")
    if found != store.ImportBatch(batch.batch, batch.cut_over, batch.file_sha256, is_undone=False):
        raise Conflict("this batch is another file's, or was undone", code="other_batch")


async def begin_batch(connection: Connection, runtime: Runtime, batch: TakeOver) -> None:
    """Open a batch, or find it. Raises Conflict: another file or day, or it was undone."""
    wanted = store.ImportBatch(batch.batch, batch.cut_over, batch.file_sha256, is_undone=False)
    made = batch.made_by, runtime.clock.now()
    if await store.open_batch(connection, wanted, made) != wanted:
        raise Conflict("this batch is another file's, or was undone", code="other_batch")


async def undo_take_over(
    connection: Connection, runtime: Runtime, batch: str, undone_by: int
) -> int:
    """Undo a whole batch by reversal; return how many loans it held. Undone again, it holds none.

    Raises:
        NotFound: no such batch.
        Conflict: something happened to a loan since (`batch_in_use`); nothing is undone.
    """
    if await store.find_batch(connection, batch) is None:
        raise NotFound("there is no such batch")
    if not await store.end_batch(connection, batch, (undone_by, runtime.clock.now())):
        return 0
    loans = await store.of_batch(connection, batch)
    for cell, loan, external in loans:
        await _undo(connection, runtime, cell, (loan, external))
    return len(loans)


async def _known(connection: Connection, batch: TakeOver, source: SourceLoan) -> int | None:
    row = await store.find(connection, source.lender, source.external)
    if row is None:
        return None
    if row["batch"] != batch.batch or row["row_sha256"] != _hash(source):
        raise Conflict("this number stands for another loan", code="imported_before")
    return int(row["loan"])


async def _book(
    connection: Connection, runtime: Runtime, whose: tuple[int, SourceLoan], found: Position
) -> int:
    party, source = whose
    cell, at = runtime.cell(party), runtime.clock.now()
    loan = runtime.ids.new(id_shard(party))
    closed = await day_store.share_books(connection, cell)
    today = await business_date(connection)
    marked_on = closed or today - ONE_DAY
    terms = found.terms
    event = LoanEvent(1, EventKind.IMPORTED, terms.opened_on, today, terms.principal_minor)
    # The loan names itself where others name their application and agreement.
    new = loan_store.NewLoan(loan, party, loan, loan, source.lender, 0, source.product, terms)
    posted = fold(terms, [event], marked_on)
    opening = loan_store.Opening(pack(fold(terms, [event], terms.opened_on)), marked_on, at)
    await store.insert(connection, cell, new, opening, (posted.interest_minor, posted.fee_minor))
    accounts = books.Accounts(cell, new.lender, new.product, party)
    await books.open_books(connection, accounts)
    group = books.Group(entry.ids(runtime, loan), loan)
    await _post_opening(connection, group, accounts, posted, Code.OPENING)
    await books.post_groups(connection, cell, [group], today, at)
    await entry.enter(connection, runtime, loan, loan_store.Entered(event, (), at), group)
    return loan


async def _undo(connection: Connection, runtime: Runtime, cell: int, what: tuple[int, str]) -> None:
    """Reverse one loan's opening, with what its days accrued since."""
    loan, external = what
    closed = await day_store.share_books(connection, cell)
    row = await loan_store.hold(connection, cell, loan)
    today = await business_date(connection)
    if row.seq != 1:
        raise Conflict(f"something happened to {external} since", code="batch_in_use")
    events = [one.event for one in (await loan_store.events_of(connection, cell, [loan]))[loan]]
    marked_on, at = closed or today - ONE_DAY, runtime.clock.now()
    posted = fold(row.terms, events, marked_on)
    event = LoanEvent(2, EventKind.IMPORT_UNDONE, today, today, row.outstanding_minor)
    state = fold(row.terms, [*events, event], today)
    stands = loan_store.After(
        seq=2, status=LoanStatus.SETTLED, settled_on=state.settled_on,
        snapshot=pack(state), marked_on=marked_on, marked_interest_minor=0,
        marked_fee_minor=0, outstanding_minor=0, received_minor=0, off_minor=0,
    )  # fmt: skip
    await loan_store.advance(connection, cell, loan, stands)
    group = books.Group(entry.ids(runtime, loan), loan)
    accounts = books.Accounts(cell, row.lender, row.product, row.party)
    await _post_opening(connection, group, accounts, posted, Code.OPENING_UNDONE)
    await books.post_groups(connection, cell, [group], today, at)
    await entry.enter(connection, runtime, loan, loan_store.Entered(event, (), at), group)
    await store.end(connection, cell, loan)


async def _post_opening(
    connection: Connection,
    group: books.Group,
    at: books.Accounts,
    posted: LoanState,
    code: Code,
) -> None:
    """Add the legs of an opening, or of its reversal: what goes in comes out again."""
    through = Account(at.cell, AccountKind.OPENING_BALANCE)
    await open_accounts(connection, [through])
    parts = (
        (at.principal, posted.outstanding_minor),
        (at.interest, posted.interest_minor),
        (at.fee, posted.fee_minor),
    )
    whole = sum(amount for _, amount in parts)
    sign = 1 if code is Code.OPENING else -1
    group.add(code, at.claims, through, sign * whole)
    for control, amount in parts:
        group.add(code, through, control, sign * amount)


def _plain(source: SourceLoan) -> dict[str, object]:
    """Return a row without the source's reference of the person."""
    told = dataclasses.asdict(source)
    del told["borrower"]
    days = {name: told[name].isoformat() for name in ("opened_on", "next_due_date")}
    return told | days


def _hash(source: SourceLoan) -> bytes:
    return hashlib.sha256(json.dumps(_plain(source), sort_keys=True).encode()).digest()
