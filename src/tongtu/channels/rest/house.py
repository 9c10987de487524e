"""The house as its people see it: members, what each role may do, who looked, who changed what."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import QueryParameter

from tongtu.access.api import LooksSought, audit_looks, places_of
from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.given import GivenParts
from tongtu.channels.rest.ids import After, read_after, read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.proposal_terms import subject_of, terms_of
from tongtu.identity.api import Deed, DeedsSought, Role, find_staff, list_deeds, list_staff
from tongtu.runtime.api import Connection

PAGE = 50
_NEWEST = (1 << 63) - 1
_SEES = allow(Role.OPERATOR, Role.REGULATOR)
Word = Annotated[str | None, QueryParameter(max_length=40, pattern="^[a-z][a-z0-9_.]{1,39}$")]
PublicId = Annotated[str | None, QueryParameter(max_length=32)]


class MemberShown(msgspec.Struct, frozen=True):
    """A member of staff: `organisation` is a lender's, merchant's or branch's number."""

    staff: str
    login: str
    role: str
    organisation: int
    department: str | None
    team: str | None


class MembersShown(msgspec.Struct, frozen=True):
    """Who has not left, by login."""

    items: list[MemberShown]
    next: str | None = None


class EntryShown(msgspec.Struct, frozen=True, kw_only=True):
    """One route of the table of permissions; `who` null is anybody."""

    operation: str
    noun: str
    owner: str
    who: list[str] | None
    shows: str
    why: dict[str, str]
    branch: str
    fresh_minutes: int | None
    second_person: bool


class TableShown(msgspec.Struct, frozen=True):
    """The whole table, by noun and route."""

    items: list[EntryShown]
    next: str | None = None


class LookKept(msgspec.Struct, frozen=True, kw_only=True):
    """A look of somebody of the house at a person's data."""

    look: str
    at: dt.datetime
    party: str
    staff: str
    login: str | None
    role: str
    organisation: int
    shows: str
    why: str
    reason: str | None


class LooksKept(msgspec.Struct, frozen=True):
    """A page of looks, newest first."""

    items: list[LookKept]
    next: str | None


class ChangeShown(msgspec.Struct, frozen=True, kw_only=True):
    """Something proposed and what became of it; `terms` only where they are of the house itself."""

    approval: str
    operation: str
    state: str
    proposed_by: str
    proposed_login: str | None
    decided_by: str | None
    decided_login: str | None
    proposed_at: dt.datetime
    decided_at: dt.datetime | None
    reason: str | None
    subject: str | None
    terms: dict[str, Any]


class ChangesShown(msgspec.Struct, frozen=True):
    """A page of changes, newest first."""

    items: list[ChangeShown]
    next: str | None


@get("/v1/operations/members", opt=_SEES)
async def list_members(parts: GivenParts) -> MembersShown:
    """Return the members of staff and where they work."""
    async with parts.runtime.database.reading() as connection:
        found = await list_staff(connection, "")
        places = await places_of(connection, [one.id for one in found])
    show = parts.runtime.public.show
    return MembersShown(
        [
            MemberShown(
                show("staff", one.id),
                one.login,
                one.role.value,
                one.organisation,
                *(places.get(one.id) or (None, None)),
            )
            for one in found
        ]
    )


@get("/v1/permission-table", opt=allow(Role.CLERK, Role.ANALYST, Role.OPERATOR, Role.REGULATOR))
async def show_permission_table(parts: GivenParts) -> TableShown:
    """Return who may do what, as the table says it that the guard reads."""
    items = []
    for (method, path), one in parts.permissions.items():
        fresh, why = one.fresh_within, one.why or {}
        branch = {one.is_for_branches: "own", one.is_by_code: "code", one.is_of_house: "any"}
        items.append(
            EntryShown(
                operation=f"{method} {path}",
                noun=one.noun,
                owner=one.owner,
                who=None if one.who is None else sorted(role.value for role in one.who),
                shows=one.shows,
                why={role.value: word for role, word in why.items()},
                branch=branch.get(True, ""),
                fresh_minutes=None if fresh is None else int(fresh.total_seconds()) // 60,
                second_person=one.is_second_person,
            )
        )
    return TableShown(sorted(items, key=lambda one: (one.noun, one.operation)))


@get("/v1/operations/looks", opt=_SEES)
async def list_all_looks(
    parts: GivenParts,
    party: PublicId = None,
    staff: PublicId = None,
    shows: Word = None,
    after: After = None,
) -> LooksKept:
    """Return who of the house looked at whose data, at which class, why and when."""
    sought = LooksSought(_read(parts, "party", party), _read(parts, "staff", staff), shows)
    start = read_after(parts, "event", after) or _NEWEST
    found = await audit_looks(parts.runtime, sought, (start, PAGE + 1))
    show = parts.runtime.public.show
    async with parts.runtime.database.reading() as connection:
        logins = await _logins(connection, {one.reader for one in found})
    items = [
        LookKept(
            look=show("event", one.id),
            at=one.at,
            party=show("party", one.party),
            staff=show("staff", one.reader),
            login=logins.get(one.reader),
            role=one.role,
            organisation=one.organisation,
            shows=one.shows,
            why=one.why,
            reason=one.reason or None,
        )
        for one in found[:PAGE]
    ]
    return LooksKept(items, items[-1].look if len(found) > PAGE else None)


@get("/v1/operations/changes", opt=_SEES)
async def list_changes(
    parts: GivenParts,
    operation: Word = None,
    outcome: Word = None,
    staff: PublicId = None,
    after: After = None,
) -> ChangesShown:
    """Return what was proposed, by whom, and what a second person made of it."""
    sought = DeedsSought(operation, outcome, _read(parts, "staff", staff))
    start = read_after(parts, "approval", after) or _NEWEST
    async with parts.runtime.database.reading() as connection:
        found = await list_deeds(connection, sought, start, PAGE + 1)
        people = {one.maker for one in found} | {one.checker for one in found if one.checker}
        logins = await _logins(connection, people)
    items = [_change(parts, one, logins) for one in found[:PAGE]]
    return ChangesShown(items, items[-1].approval if len(found) > PAGE else None)


def _change(parts: Parts, one: Deed, logins: dict[int, str]) -> ChangeShown:
    show, checker = parts.runtime.public.show, one.checker
    return ChangeShown(
        approval=show("approval", one.id),
        operation=one.operation,
        state=one.state,
        proposed_by=show("staff", one.maker),
        proposed_login=logins.get(one.maker),
        decided_by=None if checker is None else show("staff", checker),
        decided_login=None if checker is None else logins.get(checker),
        proposed_at=one.proposed_at,
        decided_at=one.decided_at,
        reason=one.reason,
        subject=subject_of(parts, one.operation, one.subject),
        terms=terms_of(parts, one.operation, one.body),
    )


async def _logins(connection: Connection, people: set[int]) -> dict[int, str]:
    """Return the logins of so many members of staff; a page names few."""
    found = [await find_staff(connection, one) for one in sorted(people)]
    return {one.id: one.login for one in found if one is not None}


def _read(parts: Parts, kind: str, text: str | None) -> int | None:
    return None if text is None else read_id(parts, kind, text)


ROUTES = (list_members, show_permission_table, list_all_looks, list_changes)
