"""GET and POST /v1/loans/{loan}/withdrawal: leave a contract within the days there are for it."""

from __future__ import annotations

import datetime as dt

import msgspec
from litestar import get, post
from litestar.params import FromPath

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.identity.api import Role
from tongtu.journey.api import look_at_withdrawal, withdraw

PATH = "/v1/loans/{loan:str}/withdrawal"


class WithdrawalShown(msgspec.Struct, frozen=True, kw_only=True):
    """What withdrawing comes to: `state` is open, withdrawn or over. Money in fen.

    Of what is paid, `fees_returned_minor` was paid as fees and counts as principal now;
    `fees_dropped_minor` will never be asked for. `pay_minor` goes back by `repay_by`.
    """

    loan: str
    state: str
    until: dt.date | None
    refusal: str | None
    next: str | None
    agreement: str | None = None
    on: dt.date | None = None
    days_used: int | None = None
    principal_minor: int | None = None
    interest_minor: int | None = None
    fees_returned_minor: int | None = None
    fees_dropped_minor: int | None = None
    pay_minor: int | None = None
    repay_by: dt.date | None = None
    payment: str | None = None


@get(PATH, opt=allow(Role.BORROWER, Role.LENDER, Role.CLERK, Role.OPERATOR, Role.REGULATOR))
async def find_withdrawal_of_loan(
    loan: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> WithdrawalShown:
    """Return what withdrawing from the loan's contract would come to today, or what it came to."""
    found = await look_at_withdrawal(parts, caller, read_id(parts, "loan", loan))
    return msgspec.convert(found, WithdrawalShown)


@post(PATH, status_code=201, opt=allow_write(Role.BORROWER))
async def withdraw_from_contract(
    loan: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> WithdrawalShown:
    """Withdraw: no reason is asked for; after the days this is refused with what to do instead."""
    answer = await withdraw(parts, caller, read_id(parts, "loan", loan), command)
    return stored(answer, WithdrawalShown)


ROUTES = (find_withdrawal_of_loan, withdraw_from_contract)
