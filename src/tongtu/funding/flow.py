"""What funding does in transactions: the lenders' rows and money, and their promises."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tongtu.funding.model import (
    Commitment,
    CommitmentState,
    Guarantor,
    Lender,
    LenderDecision,
    QuotaShort,
    Reservation,
    Shares,
)
from tongtu.funding.rules.book import Book
from tongtu.funding.store import commitment as commitments
from tongtu.funding.store import joint as joints
from tongtu.funding.store.commitment import Move
from tongtu.funding.store.quota import (
    follow_limits,
    open_day,
    release_quota,
    reserve_quota,
    write_lenders,
)
from tongtu.kernel.errors import Broken
from tongtu.kernel.ids import LenderId, TransferId
from tongtu.ledger.api import Account, AccountKind, Code, Transfer, open_accounts, post
from tongtu.runtime.api import Connection, get_logger

log = get_logger("funding")


@dataclass(frozen=True, slots=True)
class Opening:
    """On which day, at what time and over how many cells the lenders open."""

    business_date: date
    at: datetime
    cells: int
    # The demo's money comes from nowhere; real money is posted when a lender has sent it.
    has_capital: bool = True


async def open_lenders(connection: Connection, book: Book, opening: Opening) -> None:
    """Make rows, accounts, money and the day's quotas of every lender in the book, once.

    A lender's money comes from outside (capital) by one transfer a cell whose id follows from its
    name, so a second start finds it posted.

    Raises:
        Broken: the ledger refused a lender's money.
    """
    await write_lenders(connection, book.everybody(), opening.cells)
    await follow_limits(connection, opening.business_date)
    await joints.write_guarantors(connection, book.guarantors)
    houses: tuple[Lender | Guarantor, ...] = (*book.everybody(), *book.guarantors)
    funded = houses if opening.has_capital else ()
    for cell in range(opening.cells):
        await open_accounts(connection, lender_accounts(book, cell))
        transfers = [_capital(house, cell, opening.cells) for house in funded]
        answers = await post(connection, cell, transfers, opening.business_date, opening.at)
        if not all(answer.has_effect for answer in answers):
            raise Broken("the ledger refused a lender's opening money")
        await open_day(connection, cell, opening.business_date)


def lender_accounts(book: Book, cell: int) -> list[Account]:
    """Return the accounts that must stand before a lender's first payout in a cell."""
    kinds = (AccountKind.LENDER_FUNDS, AccountKind.LENDER_CLAIMS)
    own = [Account(cell, kind, one.number) for one in book.everybody() for kind in kinds]
    own += [Account(cell, AccountKind.GUARANTOR_FUNDS, one.number) for one in book.guarantors]
    return [Account(cell, AccountKind.CAPITAL), *own]


async def reserve(
    connection: Connection, cell: int, reservation: Reservation, at: datetime
) -> Commitment:
    """Note an accepted offer; its quota was held when the offer was made. Safe to repeat.

    Raises:
        Conflict: the id or the application is taken by another reservation.
    """
    return await commitments.insert(connection, cell, reservation, at)


async def commit(
    connection: Connection, cell: int, commitment: int, decision: LenderDecision, at: datetime
) -> Commitment:
    """Note the lender's own yes with the version of its policy. Safe to repeat.

    Raises:
        NotFound: there is no such commitment.
        Conflict: it was released, paid out, or decided by another version.
    """
    move = Move(CommitmentState.COMMITTED, at, decision)
    made, _ = await commitments.move(connection, cell, commitment, move)
    return made


async def share_out(
    connection: Connection,
    cell: int,
    commitment: int,
    shares: Shares,
    decided: tuple[Mapping[LenderId, str], datetime],
) -> None:
    """Note each funder's part of a joint loan and the version of its own policy that said yes.

    `decided` is each funder's policy hash by its number, and when. Safe to repeat.

    Raises:
        NotFound: there is no such commitment.
        Broken: the parts are not the whole.
        Conflict: it is shared otherwise already.
    """
    held = (await commitments.find(connection, cell, commitment)).reservation
    if shares.principal_minor != held.amount_minor:
        raise Broken("what the funders give is not what is lent", code="shares_not_whole")
    await joints.insert(connection, cell, held, shares, decided)


async def find_shares(connection: Connection, cell: int, application: int) -> Shares | None:
    """Return who gives how much of what an application was promised; None when one gives all."""
    return await joints.find(connection, cell, application)


async def mark_disbursed(
    connection: Connection, cell: int, commitment: int, at: datetime
) -> Commitment:
    """Note that the money arrived. Safe to repeat. Raises NotFound, Conflict."""
    made, _ = await commitments.move(
        connection, cell, commitment, Move(CommitmentState.DISBURSED, at)
    )
    return made


async def release(connection: Connection, cell: int, commitment: int, at: datetime) -> Commitment:
    """Let a promise go and give its amount back to its day's quota, once. Safe to repeat.

    Raises:
        NotFound: there is no such commitment.
        Conflict: the money was paid out.
    """
    made, has_moved = await commitments.move(
        connection, cell, commitment, Move(CommitmentState.RELEASED, at)
    )
    if has_moved:
        held = made.reservation
        await release_quota(connection, cell, held.day, {held.program: held.amount_minor})
    return made


async def commit_again(
    connection: Connection, cell: int, commitment: int, day: date, at: datetime
) -> Commitment:
    """Take up a promise that was let go, with as much of the day's quota.

    Raises:
        Conflict: it was not let go, or is of a later day.
        QuotaShort: others have taken the budget meanwhile; the transaction is to be given up.
    """
    made = await commitments.commit_again(connection, cell, commitment, day, at)
    held = made.reservation
    await reserve_quota(connection, cell, day, {held.program: held.amount_minor})
    return made


async def commit_paid(
    connection: Connection, cell: int, commitment: int, day: date, at: datetime
) -> Commitment:
    """Take up a promise that was let go and whose money left all the same.

    It counts on the day's quota if that still holds it; the money is gone even if not.

    Raises:
        Conflict: it was not let go, or is of a later day.
    """
    made = await commitments.commit_again(connection, cell, commitment, day, at)
    held = made.reservation
    try:
        async with connection.transaction():
            await reserve_quota(connection, cell, day, {held.program: held.amount_minor})
    except QuotaShort:
        log.warning("paid_beyond_quota", program=int(held.program), amount_minor=held.amount_minor)
    return made


async def find_commitment(connection: Connection, cell: int, commitment: int) -> Commitment:
    """Return the commitment. Raises NotFound."""
    return await commitments.find(connection, cell, commitment)


def _capital(house: Lender | Guarantor, cell: int, cells: int) -> Transfer:
    is_lender = isinstance(house, Lender)
    name = f"capital|{house.number}|{cell}".encode()
    number = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big") >> 1
    kind = AccountKind.LENDER_FUNDS if is_lender else AccountKind.GUARANTOR_FUNDS
    return Transfer(
        id=TransferId(number),
        debit=Account(cell, AccountKind.CAPITAL).id,
        credit=Account(cell, kind, house.number).id,
        amount_minor=house.funds_minor // cells,
        code=Code.CAPITAL_IN,
    )
