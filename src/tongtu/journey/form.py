"""A form goes on at a branch: by the person themselves, or by the clerk their own code led to."""

from __future__ import annotations

from collections.abc import Mapping

from tongtu.identity.api import Caller, Role, check_untied
from tongtu.kernel.errors import NotFound
from tongtu.origination.api import Form, FormValue, fill_in, read_form
from tongtu.runtime.api import Connection, Runtime
from tongtu.verification import api as verification
from tongtu.verification.api import Channel

PHONE, BRANCH = "phone", "branch"


async def look_at_form(runtime: Runtime, caller: Caller, case: int | None) -> Form:
    """Return the caller's own form (case None), or that of the person behind a case at a branch.

    Raises:
        NotFound: no such case, or it is at no branch, or another clerk's.
        NotAllowed: `related`.
    """
    async with runtime.database.reading() as connection:
        party = await _person(connection, runtime, caller, case)
        return await read_form(connection, runtime, party)


async def fill_in_form(
    runtime: Runtime,
    caller: Caller,
    case: int | None,
    given: tuple[int, Mapping[str, FormValue]],
) -> Form:
    """Write the fields given (base version, values); return the form as it then stands.

    Raises NotFound, NotAllowed: as `look_at_form`; BadInput, Conflict: as `fill_in`.
    """
    channel = PHONE if case is None else BRANCH
    async with runtime.database.transaction() as connection:
        party = await _person(connection, runtime, caller, case)
        return await fill_in(connection, runtime, (party, channel), *given)


async def _person(
    connection: Connection, runtime: Runtime, caller: Caller, case: int | None
) -> int:
    if case is None:
        return caller.subject
    found = await verification.find_case(connection, runtime, caller, case)
    is_here = found.channel is Channel.BRANCH and found.clerk == caller.subject
    is_open = found.expires_at > runtime.clock.now()
    if caller.role is Role.BORROWER or not (is_here and is_open):
        raise NotFound("there is no such verification")
    await check_untied(connection, runtime, caller, found.party)
    return found.party
