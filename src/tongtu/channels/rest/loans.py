"""GET /v1/loans, GET /v1/loans/{ln} and its statement, POST repayments and their preview."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import AFTER, LIMIT, After, Limit, read_after, read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.products import LenderShown, show_lender
from tongtu.identity.api import Role
from tongtu.journey.api import (
    Repayment,
    preview_own_repayment,
    print_statement,
    repay,
    statement_file,
)
from tongtu.kernel.ids import LenderId
from tongtu.servicing.api import Days, find_loan, list_loans, payoff, statement

# The store shows a borrower their own, a lender its own, and these members of staff all.
_MAY_SEE = allow(Role.BORROWER, Role.LENDER, Role.CLERK, Role.OPERATOR, Role.REGULATOR)
REPAYMENT_MINOR_MAX = 10**10
OpenedOn = Annotated[
    dt.date | None, QueryParameter(description="the first business date; unsaid, the loan's own")
]
ClosedOn = Annotated[
    dt.date | None, QueryParameter(description="the last business date; unsaid, the open one")
]
Form = Annotated[Literal["pdf", "csv"], QueryParameter(description="a paper, or a table")]
Language = Annotated[Literal["zh", "en"], QueryParameter(description="the language of a paper")]
MEDIA = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}


class NextDue(msgspec.Struct, frozen=True):
    """The next instalment."""

    nr: int
    date: dt.date
    amount_minor: int


class LoanHead(msgspec.Struct, frozen=True, kw_only=True):
    """A loan as it stands on the business date."""

    loan: str
    application: str
    agreement: str
    state: str
    lender: LenderShown
    product: str
    principal_minor: int
    rate_bps: int
    overdue_rate_bps: int
    opened_on: dt.date
    settled_on: dt.date | None
    outstanding_minor: int
    interest_accrued_minor: int
    interest_paid_minor: int
    next_due: NextDue | None
    overdue_minor: int
    overdue_interest_minor: int
    dpd: int
    payoff_minor: int
    limit_minor: int
    owed_back_minor: int  # paid beyond the debt: goes back by itself once nothing is owed


class InstalmentShown(msgspec.Struct, frozen=True):
    """One row of the plan."""

    nr: int
    due_date: dt.date
    principal_minor: int
    interest_minor: int
    fee_minor: int
    total_minor: int
    paid_minor: int
    state: str


class PartShown(msgspec.Struct, frozen=True):
    """What a part of a payment paid."""

    nr: int
    component: str
    amount_minor: int


class EventShown(msgspec.Struct, frozen=True):
    """One thing that happened to the loan."""

    seq: int
    kind: str
    date: dt.date
    amount_minor: int
    parts: list[PartShown]


class LoanShown(LoanHead, frozen=True, kw_only=True):
    """A loan with its plan and everything that happened."""

    schedule: list[InstalmentShown]
    events: list[EventShown]


class LoansShown(msgspec.Struct, frozen=True):
    """A page of loans."""

    items: list[LoanHead]
    next: str | None


class LineShown(msgspec.Struct, frozen=True):
    """One movement, with the principal left after it."""

    seq: int
    kind: str
    date: dt.date
    business_date: dt.date
    payment: str | None
    amount_minor: int
    parts: list[PartShown]
    outstanding_minor: int


class StatementShown(msgspec.Struct, frozen=True):
    """What was paid on some days, when, and for what.

    What is owed, less what is owed back: opening + lent + claimed - received = closing. The other
    figures are of the whole loan as it stood on the last day.
    """

    loan: str
    as_of: dt.date
    opened_on: dt.date
    closed_on: dt.date
    opening_minor: int
    lent_minor: int
    claimed_minor: int
    received_minor: int
    closing_minor: int
    principal_minor: int
    repaid_minor: int
    interest_paid_minor: int
    fee_paid_minor: int
    outstanding_minor: int
    payoff_minor: int
    state: str
    lines: list[LineShown]


class QuoteShown(msgspec.Struct, frozen=True):
    """Exactly what settles the loan on a day, if nothing happens before."""

    date: dt.date
    principal_minor: int
    interest_minor: int
    overdue_interest_minor: int
    fee_minor: int
    total_minor: int


class PayoffShown(msgspec.Struct, frozen=True):
    """What settles the loan on each day the quote is valid for; none when nothing is owed."""

    loan: str
    as_of: dt.date
    valid_until: dt.date | None
    quotes: list[QuoteShown]


class RepaymentAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How much is paid; money ahead ends the loan sooner, lowers it, or pays what is next."""

    amount_minor: Annotated[int, msgspec.Meta(ge=1, le=REPAYMENT_MINOR_MAX)]
    ahead: Literal["shorten", "lower", "next"] = "next"


class RepaymentPreviewed(msgspec.Struct, frozen=True):
    """A loan as a payment of today would leave it; `going_back_minor` goes back by itself."""

    loan: str
    date: dt.date
    amount_minor: int
    state: str
    outstanding_minor: int
    payoff_minor: int
    going_back_minor: int
    parts: list[PartShown]
    schedule: list[InstalmentShown]


class RepaymentShown(msgspec.Struct, frozen=True):
    """A payment on its way; it counts when the bank has confirmed it."""

    payment: str
    state: str


@get("/v1/loans", opt=_MAY_SEE)
async def list_own_loans(
    parts: GivenParts, caller: GivenCaller, limit: Limit = LIMIT, after: After = AFTER
) -> LoansShown:
    """Return the caller's loans, oldest first."""
    start = read_after(parts, "loan", after)
    async with parts.runtime.database.reading() as connection:
        items, next_id = await list_loans(connection, parts.runtime, caller, start, limit)
    shown = [msgspec.convert(_with_lender(parts, item), LoanHead) for item in items]
    return LoansShown(
        shown, parts.runtime.public.show("loan", next_id) if next_id is not None else None
    )


@get("/v1/loans/{loan:str}", opt=_MAY_SEE)
async def find_own_loan(loan: FromPath[str], parts: GivenParts, caller: GivenCaller) -> LoanShown:
    """Return a loan with its plan and events."""
    identifier = read_id(parts, "loan", loan)
    async with parts.runtime.database.reading() as connection:
        found = await find_loan(connection, parts.runtime, caller, identifier)
    return msgspec.convert(_with_lender(parts, found), LoanShown)


@get("/v1/loans/{loan:str}/statement", opt=_MAY_SEE)
async def find_statement(
    loan: FromPath[str],
    parts: GivenParts,
    caller: GivenCaller,
    opened_on: OpenedOn = None,
    closed_on: ClosedOn = None,
) -> StatementShown:
    """Return the loan's movements of some days, with what was owed at both ends, as known then."""
    identifier, days = read_id(parts, "loan", loan), Days(opened_on, closed_on)
    async with parts.runtime.database.reading() as connection:
        found = await statement(connection, parts.runtime, caller, identifier, days)
    return msgspec.convert(found, StatementShown)


@get("/v1/loans/{loan:str}/statement/file", opt=_MAY_SEE)
async def find_statement_file(  # noqa: PLR0913, PLR0917 - each is a word of the address
    loan: FromPath[str],
    parts: GivenParts,
    caller: GivenCaller,
    opened_on: OpenedOn = None,
    closed_on: ClosedOn = None,
    form: Form = "pdf",
    lang: Language = "zh",
) -> Response[bytes]:
    """Return the statement as a file: a paper (pdf) in one language, or a table (csv, in yuan)."""
    identifier, days = read_id(parts, "loan", loan), Days(opened_on, closed_on)
    if form == "csv":
        content = await statement_file(parts, caller, identifier, days)
    else:
        content = await print_statement(parts, caller, identifier, days, lang)
    headers = {
        "content-disposition": f'attachment; filename="statement-{loan}.{form}"',
        "cache-control": "no-store",
    }
    return Response(content, media_type=MEDIA[form], headers=headers)


@get("/v1/loans/{loan:str}/payoff", opt=_MAY_SEE)
async def find_payoff(loan: FromPath[str], parts: GivenParts, caller: GivenCaller) -> PayoffShown:
    """Return what settles the loan today and on the days after."""
    identifier = read_id(parts, "loan", loan)
    async with parts.runtime.database.reading() as connection:
        found = await payoff(connection, parts.runtime, caller, identifier)
    return msgspec.convert(found, PayoffShown)


@post(
    "/v1/loans/{loan:str}/repayments",
    status_code=201,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[RepaymentAsked],
    return_dto=None,
)
async def make_repayment(
    loan: FromPath[str],
    data: JSONBody[RepaymentAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> RepaymentShown:
    """Begin a repayment; more than is owed is refused."""
    identifier = read_id(parts, "loan", loan)
    answer = await repay(parts.runtime, caller, identifier, _asked(data), command)
    return stored(answer, RepaymentShown)


@post(
    "/v1/loans/{loan:str}/repayments/preview",
    status_code=200,
    opt=allow(Role.BORROWER),
    dto=StrictBody[RepaymentAsked],
    return_dto=None,
)
async def preview_one_repayment(
    loan: FromPath[str], data: JSONBody[RepaymentAsked], parts: GivenParts, caller: GivenCaller
) -> RepaymentPreviewed:
    """Return what a payment of today would pay, leave and give back; nothing is written."""
    identifier = read_id(parts, "loan", loan)
    found = await preview_own_repayment(parts.runtime, caller, identifier, _asked(data))
    return msgspec.convert(found, RepaymentPreviewed)


def _asked(data: RepaymentAsked) -> Repayment:
    chosen = {"shorten": True, "lower": False, "next": None}[data.ahead]
    return Repayment(data.amount_minor, chosen)


def _with_lender(parts: Parts, loan: dict[str, Any]) -> dict[str, Any]:
    lender = parts.book.lender(LenderId(loan["lender"]))
    return loan | {"lender": show_lender(lender)}


ROUTES = (
    list_own_loans,
    find_own_loan,
    find_statement,
    find_statement_file,
    find_payoff,
    make_repayment,
    preview_one_repayment,
)
