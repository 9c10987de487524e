"""What a merchant is told of a closed day: its payments, held against its account in the ledger."""

from __future__ import annotations

from datetime import date

from tongtu.checkout.model import MerchantSettlement
from tongtu.checkout.rules.settlement import make
from tongtu.checkout.store import purchase as store
from tongtu.kernel.errors import Conflict, TooLarge
from tongtu.ledger.api import Account, AccountKind, statement
from tongtu.runtime.api import Connection, Runtime, business_date

LINES_MAX = 10_000  # as many as a statement of the ledger shows at once


async def settle_merchant(
    connection: Connection, runtime: Runtime, merchant: int, day: date
) -> MerchantSettlement:
    """Make a merchant's settlement of a closed day, once; the same again returns it.

    Raises:
        Conflict: code `day_open`: the day is not closed.
        TooLarge: more lines than a file has.
        Broken: code `settlement_differs`: payments and ledger do not agree; no file is made.
    """
    if day >= await business_date(connection):
        raise Conflict("a day is settled when it is closed", code="day_open")
    standing = await store.find_settlement(connection, merchant, day)
    if standing is not None:
        return standing
    moved_minor = 0
    # Reads all cells: a merchant has one sub-account in each.
    for cell in range(runtime.settings.cells):
        account = Account(cell, AccountKind.MERCHANT_CASH, merchant)
        books = await statement(connection, account, day, day)
        moved_minor += books.closing_minor - books.opening_minor
    lines = await store.moved_on(connection, merchant, day, LINES_MAX + 1)
    if len(lines) > LINES_MAX:
        raise TooLarge("more lines than a settlement file has", code="settlement_too_long")
    made = make(merchant, day, lines, moved_minor)
    await store.keep_settlement(connection, made, runtime.clock.now())
    return made
