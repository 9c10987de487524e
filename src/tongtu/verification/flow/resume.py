"""A case moves between channels by a code that is good once, for some minutes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tongtu.identity.api import Caller, Role, check_untied
from tongtu.kernel.errors import Conflict, NotAllowed, NotFound
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime, get_logger
from tongtu.verification.flow.case import WORKERS, find_case, find_open_case
from tongtu.verification.model import Channel, IdentityCase, State
from tongtu.verification.store import case as cases
from tongtu.verification.store import once

CODE_LIFE = timedelta(minutes=10)
SECRET_BYTES = 16
_CODE = re.compile(r"(ve_[0-9a-z]{13})\.([0-9a-f]{32})", re.ASCII)
log = get_logger("resume")


@dataclass(frozen=True, slots=True)
class ResumeCode:
    """A code by its number: its text is written down nowhere."""

    number: int
    to: Channel
    expires_at: datetime


async def make_code(
    connection: Connection, runtime: Runtime, caller: Caller, case: int, to: Channel
) -> ResumeCode:
    """Make a code for an open case; an earlier one that was not used is over.

    Raises NotFound, Conflict: as `find_open_case`.
    """
    found = await find_open_case(connection, runtime, caller, case)
    number = runtime.ids.new(id_shard(found.party))
    secret = _secret(runtime, number)
    at = runtime.clock.now()
    term = once.Term(at, at + CODE_LIFE)
    hash_ = runtime.keys.blind("resume", f"{number}:{secret}")
    await once.make_resumption(connection, found, (number, hash_), to, term)
    return ResumeCode(number, to, term.end)


def code_text(runtime: Runtime, number: int) -> str:
    """Return a code as a person carries it; made anew from its number and our key each time."""
    return f"{runtime.public.show('verification', number)}.{_secret(runtime, number)}"


async def resume(
    connection: Connection, runtime: Runtime, caller: Caller, code: str
) -> IdentityCase:
    """Go on with a case where the code leads: its own party, or at a branch its clerk.

    Raises:
        NotFound: no live code of this text for this caller: it is not told which of the three.
        NotAllowed: `related`; a member of staff where the code does not lead to a branch.
        Conflict: the case is over.
    """
    found = _CODE.fullmatch(code)
    number = runtime.public.read("verification", found[1]) if found else None
    is_staff = caller.role in WORKERS
    if found is None or number is None or not (is_staff or caller.role is Role.BORROWER):
        raise NotFound("there is no such code")
    hash_ = runtime.keys.blind("resume", f"{number}:{found[2]}")
    by = caller.subject, None if is_staff else caller.subject
    at = runtime.clock.now()
    used = await once.use_resumption(connection, runtime.cell(number), (number, hash_), by, at)
    if used is None:
        log.warning("resumption_refused", role=caller.role.value)
        raise NotFound("there is no such code")
    case = await find_case(connection, runtime, caller, used[0], locked=True)
    if case.state is not State.OPEN or case.expires_at <= at:
        raise Conflict("this verification does not go on", code="case_closed")
    if is_staff:
        if used[1] is not Channel.BRANCH:
            raise NotAllowed("this code leads to the person's own device")
        await check_untied(connection, runtime, caller, case.party)
    moved = replace(case, channel=used[1], clerk=caller.subject if is_staff else case.clerk)
    await cases.move(connection, moved)
    return moved


def _secret(runtime: Runtime, number: int) -> str:
    return runtime.keys.blind("resume_secret", str(number))[:SECRET_BYTES].hex()
