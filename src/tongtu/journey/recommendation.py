"""What is known of a person who wants advice: what they say, and how loans here went."""

from __future__ import annotations

from typing import NamedTuple

from tongtu.catalog.api import Profile
from tongtu.identity.api import Caller, Scope, list_consents
from tongtu.kernel.errors import Refused
from tongtu.notice.api import find_choice
from tongtu.runtime.api import Runtime
from tongtu.servicing.api import list_loans

# As in the decision: a person states what they owe, and it is taken as repaid in three years.
DEBT_MONTHS = 36
# Of very many loans the newest say enough.
LOANS_MAX = 50
SETTLED = "settled"


class Stated(NamedTuple):
    """What a person says of themselves, in fen; nothing of it is kept."""

    income_minor: int | None
    expenses_minor: int
    debt_minor: int
    is_student: bool


async def profile_of(runtime: Runtime, caller: Caller, stated: Stated) -> Profile:
    """Return a person's profile.

    Who repaid a loan here is known better than who did not; what falls due here is added to what
    they say they owe; a student is one by either word.

    Raises:
        Refused: code `consent_missing`: they did not agree to be judged by a machine.
    """
    async with runtime.database.reading() as connection:
        live = await list_consents(connection, caller)
        if all(one.scope is not Scope.AUTOMATED_DECISION for one in live):
            raise Refused("agree to automated decisions first", code="consent_missing")
        loans, _ = await list_loans(connection, runtime, caller, limit=LOANS_MAX)
        choice = await find_choice(connection, caller.cell, caller.subject)
    due = [loan["next_due"]["amount_minor"] for loan in loans if loan["next_due"]]
    return Profile(
        income_minor=stated.income_minor,
        expenses_minor=stated.expenses_minor,
        debt_service_minor=-(-stated.debt_minor // DEBT_MONTHS) + sum(due),
        is_student=stated.is_student or (choice is not None and choice.is_student),
        is_thin=all(loan["state"] != SETTLED for loan in loans),
    )
