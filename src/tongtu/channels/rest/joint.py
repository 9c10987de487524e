"""GET /v1/joint-loans (a funder's shares), GET /v1/operations/joint-loans (the parts are whole)."""

from __future__ import annotations

import datetime as dt

import msgspec
from litestar import get

from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.channels.rest.ids import AFTER, LIMIT, After, Limit, read_after
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.products import LenderShown, show_lender
from tongtu.identity.api import Role
from tongtu.kernel.ids import LenderId
from tongtu.servicing.api import JointProof, list_shares, prove_joint


class ShareShown(msgspec.Struct, frozen=True, kw_only=True):
    """A lender's part of one joint loan, as of the last day end."""

    loan: str
    lead_lender: LenderShown
    guarantor: str
    product: str
    state: str
    as_of: dt.date
    share_minor: int
    rate_bps: int
    principal_minor: int
    interest_minor: int
    repaid_minor: int
    interest_paid_minor: int
    service_fee_minor: int
    taken_on: dt.date | None


class SharesShown(msgspec.Struct, frozen=True):
    """A page of shares."""

    items: list[ShareShown]
    next: str | None


class PayeeShown(msgspec.Struct, frozen=True):
    """What joint loans moved on one house's account, by the loans and by the ledger."""

    id: str
    is_guarantor: bool
    loans_minor: int
    ledger_minor: int


class JointShown(msgspec.Struct, frozen=True):
    """Joint loans against their parts."""

    loans: int
    taken_over: int
    payments: int
    instructions: int
    split_differences: int
    payees: list[PayeeShown]
    is_whole: bool


@get("/v1/joint-loans", opt=allow(Role.LENDER))
async def list_own_shares(
    parts: GivenParts, caller: GivenCaller, limit: Limit = LIMIT, after: After = AFTER
) -> SharesShown:
    """Return the caller's shares of joint loans, oldest first."""
    start = read_after(parts, "loan", after)
    async with parts.runtime.database.reading() as connection:
        items, next_id = await list_shares(connection, parts.runtime, caller, start, limit)
    shown = [
        msgspec.convert(
            item
            | {
                "lead_lender": show_lender(parts.book.lender(LenderId(item["lead_lender"]))),
                "guarantor": parts.book.guarantor(item["guarantor"]).id,
            },
            ShareShown,
        )
        for item in items
    ]
    following = None if next_id is None else parts.runtime.public.show("loan", next_id)
    return SharesShown(shown, following)


@get("/v1/operations/joint-loans", opt=allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR))
async def find_joint_proof(parts: GivenParts) -> JointShown:
    """Reckon every joint loan anew and compare its parts with the loan and with the ledger."""
    proofs = []
    for cell in range(parts.runtime.settings.cells):
        async with parts.runtime.database.reading() as connection:
            proofs.append(await prove_joint(connection, cell))
    return _shown(parts, proofs)


def _shown(parts: Parts, proofs: list[JointProof]) -> JointShown:
    sums: dict[tuple[int, bool], tuple[int, int]] = {}
    for one in (payee for proof in proofs for payee in proof.payees):
        loans, ledger = sums.get((one.payee, one.is_guarantor), (0, 0))
        sums[one.payee, one.is_guarantor] = loans + one.loans_minor, ledger + one.ledger_minor
    book = parts.book
    payees = [
        PayeeShown(
            book.guarantor(payee).id if is_guarantor else book.lender(LenderId(payee)).id,
            is_guarantor,
            *both,
        )
        for (payee, is_guarantor), both in sorted(sums.items())
    ]
    return JointShown(
        loans=sum(one.loans for one in proofs),
        taken_over=sum(one.taken for one in proofs),
        payments=sum(one.payments for one in proofs),
        instructions=sum(one.instructions for one in proofs),
        split_differences=sum(one.split_differences for one in proofs),
        payees=payees,
        is_whole=all(one.is_whole for one in proofs),
    )


ROUTES = (list_own_shares, find_joint_proof)
