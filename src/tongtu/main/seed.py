"""What must stand before the first request: lenders with their money, staff, demo log-ins."""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.access.api import Kind, Organisation, open_house, place_member
from tongtu.checkout.api import Merchants, open_merchants
from tongtu.funding.api import Book, Opening, open_lenders
from tongtu.identity.api import DEMO_LOGIN, Role, authorise, issue_token, open_staff, revoke_staff
from tongtu.kernel.errors import NotSignedIn
from tongtu.main.serve_note import LOGINS, read_note, write_note
from tongtu.runtime.api import Runtime, business_date

# Where each works; a clerk of a branch sees the people whom this branch serves.
_PLACES = {
    Role.ANALYST: ("digital_finance", "strategies"),
    Role.CLERK: ("digital_finance", "processes"),
    Role.OPERATOR: ("head_office", ""),
    Role.REGULATOR: ("regulator", ""),
}
# Two operators, because nobody decides on their own proposal.
_STAFF = (
    ("operator", Role.OPERATOR),
    ("operator_2", Role.OPERATOR),
    ("analyst", Role.ANALYST),
    ("clerk", Role.CLERK),
    ("regulator", Role.REGULATOR),
)


async def seed_lenders(runtime: Runtime, book: Book) -> None:
    """Open every lender, with the day's quotas and in demo mode with money; safe to repeat."""
    async with runtime.database.transaction() as connection:
        today = await business_date(connection)
        settings = runtime.settings
        opening = Opening(today, runtime.clock.now(), settings.cells, settings.demo)
        await open_lenders(connection, book, opening)


async def seed_merchants(runtime: Runtime, merchants: Merchants) -> None:
    """Open every merchant of the list as a party; safe to repeat."""
    async with runtime.database.transaction() as connection:
        await open_merchants(connection, runtime, merchants)


async def seed_house(
    runtime: Runtime, organisations: Sequence[Organisation], book: Book, merchants: Merchants
) -> None:
    """Write down the house, its branches and its partners; safe to repeat."""
    partners = [
        Organisation(f"{kind.value}_{one.number}", kind, one.number)
        for kind, ones in ((Kind.LENDER, book.everybody()), (Kind.MERCHANT, merchants.all()))
        for one in ones
    ]
    await open_house(runtime, [*organisations, *partners])


async def seed_logins(runtime: Runtime, book: Book, merchants: Merchants) -> None:
    """Write a token of each role to TONGTU_HOME/demo-logins.json (0600). Demo mode only.

    Tokens that still work are kept, so that a page that is open stays signed in.
    """
    path = runtime.settings.home / LOGINS
    wanted = [(name, role, 0) for name, role in _STAFF]
    wanted.append(("branch_clerk", Role.CLERK, 1))
    wanted += [(f"lender_{lender.id}", Role.LENDER, lender.number) for lender in book.everybody()]
    wanted += [(f"merchant_{one.id}", Role.MERCHANT, one.number) for one in merchants.all()]
    known, logins = read_note(path), {}
    for name, role, organisation in wanted:
        token = str(known.get(name, ""))
        logins[name] = (
            token
            if await _works(runtime, token)
            else await _issue(runtime, name, role, organisation)
        )
    write_note(path, logins)


async def close_logins(runtime: Runtime) -> int:
    """End what a start in demo mode left: tokens of demo staff and their file; return how many."""
    async with runtime.database.transaction() as connection:
        ended = await revoke_staff(connection, runtime, DEMO_LOGIN)
    (runtime.settings.home / LOGINS).unlink(missing_ok=True)
    return ended


async def _works(runtime: Runtime, token: str) -> bool:
    try:
        await authorise(runtime, token)
    except NotSignedIn:
        return False
    return True


async def _issue(runtime: Runtime, name: str, role: Role, organisation: int) -> str:
    caller = await open_staff(runtime, f"{DEMO_LOGIN}{name}", role, organisation)
    house, team = _PLACES.get(role, (f"{role.value}_{organisation}", ""))
    if role is Role.CLERK and organisation:
        house, team = f"branch_{organisation}", ""
    await place_member(runtime, caller.subject, house, team)
    return (await issue_token(runtime, caller)).text
