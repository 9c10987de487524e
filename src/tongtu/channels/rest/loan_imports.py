"""Taking a running loan book over: rows of a batch, dry or booked; undoing a whole batch."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.identity.api import LENDERS_MAX, Role
from tongtu.journey.api import Registry, Wish, allow_book, propose_book, take_book_over
from tongtu.servicing.api import SourceLoan
from tongtu.terms.api import PRINCIPAL_MINOR_MAX, Method

# A request stays well within the bound of a body.
ROWS_MAX = 100
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Name = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_.-]{1,64}$")]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Amount = Annotated[int, msgspec.Meta(ge=0, le=PRINCIPAL_MINOR_MAX)]


class RowStated(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A loan as its source has it at the start of the cut-over day; `line` is the file's."""

    line: Annotated[int, msgspec.Meta(ge=1)]
    external: Text
    borrower: Text
    lender: Annotated[int, msgspec.Meta(ge=1, le=LENDERS_MAX)]
    product: Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{1,40}$")]
    principal_minor: Amount
    rate_bps: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    tenor_months: Annotated[int, msgspec.Meta(ge=1, le=120)]
    opened_on: dt.date
    fee_monthly_minor: Amount
    instalments_paid: Annotated[int, msgspec.Meta(ge=0, le=120)]
    paid_of_next_minor: Amount
    outstanding_minor: Amount
    next_due_date: dt.date
    next_instalment_minor: Amount
    method: Method = Method.EQUAL_INSTALMENT


class ImportAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A part of a batch; the same part again changes nothing."""

    batch: Name
    cut_over: dt.date
    file_sha256: Sha256
    is_dry: bool
    rows: Annotated[list[RowStated], msgspec.Meta(min_length=1, max_length=ROWS_MAX)]


class DifferenceShown(msgspec.Struct, frozen=True):
    """A figure that source and recomputation do not share."""

    figure: str
    theirs: str
    ours: str
    arithmetic: str


class RowShown(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row: ready or differs (dry), taken, already, or refused with its reason."""

    line: int
    external: str
    state: str
    loan: str | None = None
    code: str | None = None
    reason: str | None = None
    outstanding_minor: int | None = None
    next_due_date: dt.date | None = None
    next_instalment_minor: int | None = None
    differences: list[DifferenceShown] = []
    arithmetic: str | None = None


class RowsShown(msgspec.Struct, frozen=True):
    """What became of each row, in order."""

    items: list[RowShown]


class BatchAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A file to be taken over as a batch, or a batch to be undone, for a second person to allow."""

    batch: Name
    cut_over: dt.date
    file_sha256: Sha256
    is_undo: bool = False


class BatchProposed(msgspec.Struct, frozen=True):
    """A proposal for somebody else to allow."""

    approval: str


class BatchAllowed(msgspec.Struct, frozen=True):
    """A batch that is open for its rows, or undone with so many loans."""

    batch: str
    loans: int


@post(
    "/v1/operations/loan-imports",
    status_code=200,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[ImportAsked],
    return_dto=None,
)
async def import_loans(
    data: JSONBody[ImportAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> RowsShown:
    """Take rows over, each by itself. Batch and number of a row are what makes it happen once."""
    del command  # asked for like any write's; a row is known by its batch and number
    wish = Wish(data.batch, data.cut_over, bytes.fromhex(data.file_sha256), data.is_dry)
    rows = [(one.line, _source(one)) for one in data.rows]
    registry = Registry(parts.runtime, parts.pack, parts.book)
    found = await take_book_over(registry, caller, wish, rows)
    return RowsShown([msgspec.convert(one, RowShown) for one in found])


@post(
    "/v1/operations/loan-import-proposals",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[BatchAsked],
    return_dto=None,
)
async def propose_import(
    data: JSONBody[BatchAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> BatchProposed:
    """Propose to take a file over, or to undo a batch."""
    wish = Wish(data.batch, data.cut_over, bytes.fromhex(data.file_sha256), is_dry=False)
    answer = await propose_book(parts.runtime, caller, wish, command, is_undo=data.is_undo)
    return stored(answer, BatchProposed)


@post(
    "/v1/operations/loan-import-proposals/{approval:str}/approval",
    status_code=200,
    opt=allow_write(Role.OPERATOR),
)
async def allow_import(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> BatchAllowed:
    """Allow what somebody else proposed; an undo is refused once anything happened to a loan."""
    registry = Registry(parts.runtime, parts.pack, parts.book)
    answer = await allow_book(registry, caller, read_id(parts, "approval", approval), command)
    return stored(answer, BatchAllowed)


def _source(one: RowStated) -> SourceLoan:
    stated: dict[str, Any] = msgspec.structs.asdict(one)
    del stated["line"]
    return SourceLoan(**stated)


ROUTES = (import_loans, propose_import, allow_import)
