"""GET /v1/me/permissions: who the caller is here, and which routes the table opens to them."""

from __future__ import annotations

import msgspec
from litestar import get

from tongtu.access.api import Permission
from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.identity.api import Caller, Role, find_staff


class PermissionShown(msgspec.Struct, frozen=True):
    """One route: how old a proof may be (null: any age), whether it allows another's proposal."""

    operation: str
    fresh_minutes: int | None
    second_person: bool


class PermissionsShown(msgspec.Struct, frozen=True):
    """The caller and what is open to them; a page shows nothing that is not in here."""

    role: str
    login: str | None  # null for a borrower
    organisation: int
    is_demo: bool
    items: list[PermissionShown]


@get("/v1/me/permissions", opt=allow(*Role))
async def show_own_permissions(parts: GivenParts, caller: GivenCaller) -> PermissionsShown:
    """Return which routes the caller may call."""
    staff = None
    if caller.role is not Role.BORROWER:
        async with parts.runtime.database.reading() as connection:
            staff = await find_staff(connection, caller.subject)
    items = [
        PermissionShown(
            f"{method} {path}",
            None if one.fresh_within is None else int(one.fresh_within.total_seconds()) // 60,
            one.is_second_person,
        )
        for (method, path), one in sorted(parts.permissions.items())
        if is_open_to(one, caller)
    ]
    return PermissionsShown(
        role=caller.role.value,
        login=None if staff is None else staff.login,
        organisation=caller.organisation,
        is_demo=parts.runtime.settings.demo,
        items=items,
    )


def is_open_to(permission: Permission, caller: Caller) -> bool:
    """Tell what the guard would: whether a caller passes, whomever the id in the address names."""
    if permission.who is not None and caller.role not in permission.who:
        return False
    if caller.role is not Role.CLERK or caller.organisation == 0:
        return True
    is_everybodys = permission.who is None or permission.who == frozenset(Role)
    return permission.is_for_branches or permission.is_by_code or is_everybodys


ROUTES = (show_own_permissions,)
