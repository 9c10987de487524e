"""What would change the answer: the smallest allowed change of an application that gets offers.

Only what a person can truly do: ask for less, ask for another term, pay other debts back first.
What is merely said of oneself (income, expenses, assets, job) is never proposed to be said
otherwise. Every proposal is decided by the whole engine before it is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations, product
from typing import NamedTuple

from tongtu.kernel.errors import TongtuError
from tongtu.kernel.ids import ProgramId
from tongtu.kernel.money import AMOUNT_MINOR_MAX
from tongtu.origination.model import Case, Decided, Outcome
from tongtu.origination.rules.engine import DecisionEngine

AMOUNT, TENOR, DEBT = "amount_minor", "tenor_months", "debt_minor"
# Amounts are proposed in whole hundreds of the currency, each step a twentieth of what was asked.
AMOUNT_STEPS, AMOUNT_UNIT_MINOR = 18, 10_000
DEBT_SHARES = (75, 50, 25, 0)  # percent that is left
TENOR_STEPS_MAX = 8
# More at once would be no advice a person can follow.
CHANGES_MAX = 2


class Change(NamedTuple):
    """A field of the application as it was and as proposed; `steps` is how far that is."""

    field: str
    now: int
    then: int
    steps: int


class Advice(NamedTuple):
    """Changes that together get offers, and what is then decided."""

    changes: tuple[Change, ...]
    decided: Decided


def advise(engine: DecisionEngine, case: Case, day: date, tenors: Sequence[int]) -> Advice | None:
    """Return the change of fewest fields, then of fewest steps, that gets offers; None: none does.

    None too for a case that is not declined as it stands. The same case, engine and day give the
    same advice.
    """
    if _decide(engine, [case], day)[0].outcome is not Outcome.DECLINED:
        return None
    moves = [one for one in (_amounts(case), _tenors(case, tenors), _debts(case)) if one]
    for count in range(1, CHANGES_MAX + 1):
        plans = [plan for fields in combinations(moves, count) for plan in product(*fields)]
        plans.sort(key=lambda plan: sum(one.steps for one in plan))
        decided = _decide(engine, [_changed(case, plan) for plan in plans], day)
        for plan, result in zip(plans, decided, strict=True):
            if result.outcome is Outcome.OFFERS:
                return Advice(tuple(plan), result)
    return None


def _amounts(case: Case) -> list[Change]:
    asked = case.request.amount_minor
    lower = (
        (asked - asked * step // 20) // AMOUNT_UNIT_MINOR * AMOUNT_UNIT_MINOR
        for step in range(1, AMOUNT_STEPS + 1)
    )
    return [
        Change(AMOUNT, asked, amount, n)
        for n, amount in enumerate(dict.fromkeys(lower), start=1)
        if 0 < amount < asked
    ]


def _tenors(case: Case, tenors: Sequence[int]) -> list[Change]:
    asked = case.request.tenor_months
    others = sorted(
        (one for one in tenors if one != asked), key=lambda one: (abs(one - asked), one)
    )
    return [Change(TENOR, asked, one, n) for n, one in enumerate(others[:TENOR_STEPS_MAX], start=1)]


def _debts(case: Case) -> list[Change]:
    owed = case.request.declared.debt_minor
    if not owed:
        return []
    return [
        Change(DEBT, owed, owed * left // 100, n) for n, left in enumerate(DEBT_SHARES, start=1)
    ]


def _changed(case: Case, plan: Sequence[Change]) -> Case:
    then = {one.field: one.then for one in plan}
    request, declared = case.request, case.request.declared
    asked = request._replace(
        amount_minor=then.get(AMOUNT, request.amount_minor),
        tenor_months=then.get(TENOR, request.tenor_months),
        declared=declared._replace(debt_minor=then.get(DEBT, declared.debt_minor)),
    )
    return case._replace(request=asked)


def _decide(engine: DecisionEngine, cases: Sequence[Case], day: date) -> list[Decided]:
    """Decide the cases with ample quotas: what is advised is no matter of the hour."""
    programs = [program.id for program in engine.book.programs()]
    ample: Mapping[ProgramId, int] = dict.fromkeys(programs, AMOUNT_MINOR_MAX * (len(cases) + 1))
    decided: list[Decided] = []
    for result in engine.decide(cases, dict(ample), day):
        if isinstance(result, TongtuError):
            raise result
        decided.append(result)
    return decided
