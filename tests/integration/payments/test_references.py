"""A bank's reference names an entry of one account, not of all the platform's lenders."""

from __future__ import annotations

from tongtu.payments.api import Wanted, account_of, list_breaks, reconcile
from tongtu.payments.matching import BreakKind, Entry, Statement


def test_the_same_reference_on_two_lenders_accounts_is_two_movements(runtime, run):
    now = runtime.clock.now()

    async def read(lender, amount_minor):
        entry = Entry("0001", "not of ours", amount_minor, now.date())
        statement = Statement(account_of(lender), now.date(), now, 0, amount_minor, (entry,))
        async with runtime.database.transaction() as connection:
            return await reconcile(connection, runtime, lender, statement, now)

    async def all_breaks():
        async with runtime.database.reading() as connection:
            return await list_breaks(connection, Wanted())

    first, second, again = run(read(1, -500)), run(read(2, 500)), run(read(2, 500))

    assert [(one.known, one.breaks) for one in (first, second, again)] == [(0, 1), (0, 1), (1, 0)]
    found = [
        (one.found.lender, one.found.kind, one.found.amount_minor) for one in run(all_breaks())
    ]
    assert found == [(1, BreakKind.UNKNOWN_ENTRY, -500), (2, BreakKind.UNKNOWN_ENTRY, 500)]
