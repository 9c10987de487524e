"""Branches, which of them serves the caller, and who looked at the caller's data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, put
from litestar.params import JSONBody

from tongtu.access.api import Kind, Look, branch_of, choose_branch, read_looks
from tongtu.channels.rest.auth import PUBLIC, allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Role

BranchId = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{2,39}$")]
# Whose number a reader's organisation is, by the reader's role.
_KINDS = {Role.CLERK: Kind.BRANCH, Role.LENDER: Kind.LENDER, Role.MERCHANT: Kind.MERCHANT}


class BranchesShown(msgspec.Struct, frozen=True):
    """The branches there are."""

    items: list[str]


class BranchChosen(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which branch serves the caller; null: none, the digital finance department does."""

    branch: BranchId | None


class LookShown(msgspec.Struct, frozen=True):
    """Somebody else's look: as what, of which organisation, at which classes, why, when.

    `reason`: in their own words, where what names a person was shown whole.
    """

    role: str
    organisation: str
    shows: list[str]
    why: str
    at: datetime
    reason: str | None


class LooksShown(msgspec.Struct, frozen=True):
    """The last looks of others at the caller's data, newest first."""

    items: list[LookShown]


@get("/v1/branches", opt=PUBLIC)
async def show_branches(parts: GivenParts) -> BranchesShown:
    """Return the branches there are."""
    return BranchesShown([one.id for one in parts.organisations if one.kind is Kind.BRANCH])


@get("/v1/me/branch", opt=allow(Role.BORROWER))
async def show_branch(parts: GivenParts, caller: GivenCaller) -> BranchChosen:
    """Return the branch that serves the caller."""
    return BranchChosen(await branch_of(parts.runtime, caller, parts.organisations))


@put(
    "/v1/me/branch",
    status_code=200,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[BranchChosen],
    return_dto=None,
)
async def set_branch(
    data: JSONBody[BranchChosen], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> BranchChosen:
    """Let a branch serve the caller: its clerks see the caller's cases, no other branch's do."""
    by = caller, command
    await choose_branch(parts.runtime, by, parts.organisations, data.branch)
    return BranchChosen(await branch_of(parts.runtime, caller, parts.organisations))


@get("/v1/me/access-log", opt=allow(Role.BORROWER))
async def show_looks(parts: GivenParts, caller: GivenCaller) -> LooksShown:
    """Return who else looked at the caller's data: name, documents, loans, decisions."""
    found = await read_looks(parts.runtime, caller)
    return LooksShown(
        [
            LookShown(
                role=one.role.value,
                organisation=_house(parts, one),
                shows=list(one.shows),
                why=one.why,
                at=one.at,
                reason=one.reason or None,
            )
            for one in found
        ]
    )


def _house(parts: Parts, look: Look) -> str:
    """Return the organisation a reader belonged to, by its id."""
    kind = _KINDS.get(look.role)
    if look.role is Role.LENDER:
        named = (one.id for one in parts.book.everybody() if one.number == look.organisation)
        return next(named, "lender")
    if kind is None or look.organisation == 0:
        return "regulator" if look.role is Role.REGULATOR else "head_office"
    named = (
        one.id
        for one in parts.organisations
        if one.kind is kind and one.number == look.organisation
    )
    return next(named, kind.value)


ROUTES = (show_branches, show_branch, set_branch, show_looks)
