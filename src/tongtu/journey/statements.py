"""The bank's books beside ours: each lender's statement of a day is asked for and matched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tongtu.payments.api import BankBooks, Matching, account_of, reconcile
from tongtu.runtime.api import Runtime, get_logger

# A bank that is away gets so many tries; what is not read today is read on the next call.
TRIES_MAX = 5
log = get_logger("journey")


@dataclass(frozen=True, slots=True)
class LenderMatching:
    """What one lender's statement came to; None when the bank gave none."""

    lender: int
    matching: Matching | None
    closing_minor: int | None


async def match_statements(
    runtime: Runtime, bank: BankBooks, lenders: Sequence[int], day: date
) -> list[LenderMatching]:
    """Read and match the day's statement of each lender; safe to repeat.

    The bank is asked outside any transaction; each lender's matching is a commit of its own.
    """
    return [await _match(runtime, bank, lender, day) for lender in lenders]


async def _match(runtime: Runtime, bank: BankBooks, lender: int, day: date) -> LenderMatching:
    for _ in range(TRIES_MAX):
        asked_at = runtime.clock.now()
        statement = await bank.statement(account_of(lender), day)
        if statement is not None:
            break
    else:
        log.error("no_statement", lender=lender, day=day.isoformat())
        return LenderMatching(lender, None, None)
    async with runtime.database.transaction() as connection:
        matching = await reconcile(connection, runtime, lender, statement, asked_at)
    if matching.breaks:
        log.warning("breaks_opened", lender=lender, day=day.isoformat(), breaks=matching.breaks)
    return LenderMatching(lender, matching, statement.closing_minor)
