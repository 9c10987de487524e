"""Which product, amount and term suit a person; "no loan" is an answer too. Pure.

What can be paid back comes first: nothing is recommended that leaves too little to live on. Age
never enters; a student is shown nothing, because who studies is not advertised loans to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tongtu.catalog.model import LoanProduct
from tongtu.terms.api import quote

# Of what is left each month after living and debts, so much may go to a new instalment.
SPARE_SHARE_PPM = 350_000
# All debts together take at most this part of an income.
DEBT_SHARE_MAX_PPM = 400_000
# Nobody known little is advised more than this at first.
THIN_AMOUNT_MAX_MINOR = 1_000_000
THIN_MONTHS_MAX = 12
# From this monthly income on, who repaid a loan here is advised a credit line before a loan of the
# same amount: what is not drawn costs nothing. Chosen here, no law's figure.
LINE_INCOME_MIN_MINOR = 1_200_000
AMOUNT_STEP_MINOR = 10_000
_PPM = 1_000_000


class Advice(StrEnum):
    """Why this is recommended, or why nothing is. Texts by language stand in `WORDS`."""

    SMALL_FIRST = "small_first"
    FITS_INCOME = "fits_income"
    AS_ASKED = "as_asked"
    LINE_FITS = "line_fits"
    PLAIN = "plain"
    NO_LOAN_STUDENT = "no_loan_student"
    NO_LOAN_UNAFFORDABLE = "no_loan_unaffordable"
    NO_LOAN_UNKNOWN_INCOME = "no_loan_unknown_income"
    NO_LOAN_NOTHING_FITS = "no_loan_nothing_fits"


WORDS = {
    Advice.SMALL_FIRST: ("先小额短期，逐步建立记录", "small and short first, until more is known"),
    Advice.FITS_INCOME: ("月供在可负担范围内", "the instalment is within what is left each month"),
    Advice.AS_ASKED: ("按您填写的金额", "as much as you asked for"),
    Advice.LINE_FITS: (
        "收入和还款记录适合循环额度：不用不计息",
        "income and record carry a credit line: what is not drawn costs nothing",
    ),
    Advice.PLAIN: ("未使用个人信息", "made without anything personal"),
    Advice.NO_LOAN_STUDENT: ("不向在校学生推荐贷款", "no loan is recommended to students"),
    Advice.NO_LOAN_UNAFFORDABLE: (
        "目前不建议借款：结余不足",
        "better no loan now: too little is left",
    ),
    Advice.NO_LOAN_UNKNOWN_INCOME: ("收入未知，暂不推荐", "no advice while the income is unknown"),
    Advice.NO_LOAN_NOTHING_FITS: ("没有合适的产品", "no product fits"),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """What may be used to advise, each with consent; None is unknown. Monthly, in fen.

    `is_thin`: little is known yet, no loan was repaid here and no bureau report read.
    """

    income_minor: int | None
    expenses_minor: int
    debt_service_minor: int
    is_student: bool
    is_thin: bool


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A product with amount and term, or none, and why."""

    product: str | None
    amount_minor: int
    tenor_months: int
    instalment_minor: int
    reasons: tuple[Advice, ...]


def recommend(
    products: Sequence[LoanProduct], purpose: str, wished_minor: int, profile: Profile | None
) -> Recommendation:
    """Return the least costly fitting term whose instalment can be paid; the wish is never raised.

    Without a profile (the view that is not personal) the shortest term of the first product.
    """
    for_it = [
        one for one in products if purpose in one.purposes and one.amount_min_minor <= wished_minor
    ]
    fitting = [one for one in for_it if not one.is_revolving]
    if profile is None:
        return _plain(fitting, wished_minor)
    if profile.is_student:
        return _none(Advice.NO_LOAN_STUDENT)
    if profile.income_minor is None:
        return _none(Advice.NO_LOAN_UNKNOWN_INCOME)
    if not fitting:
        return _none(Advice.NO_LOAN_NOTHING_FITS)
    most = affordable_minor(profile)
    found = [one for product in fitting if (one := _best(product, wished_minor, most, profile))]
    if not profile.is_thin and profile.income_minor >= LINE_INCOME_MIN_MINOR:
        lines = [one for one in for_it if one.is_revolving]
        found += [one for product in lines if (one := _line(product, wished_minor, most))]
    if not found:
        return _none(Advice.NO_LOAN_UNAFFORDABLE)
    # The nearest to the wish; of equals a line, then the shortest, which costs least.
    return min(
        found,
        key=lambda one: (
            -one.amount_minor, Advice.LINE_FITS not in one.reasons, one.tenor_months
        ),
    )  # fmt: skip


def affordable_minor(profile: Profile) -> int:
    """Return the largest new monthly instalment; 0 when nothing is left."""
    income = profile.income_minor or 0
    spare = income - profile.expenses_minor - profile.debt_service_minor
    room = income * DEBT_SHARE_MAX_PPM // _PPM - profile.debt_service_minor
    return max(0, min(spare * SPARE_SHARE_PPM // _PPM, room))


def _best(
    product: LoanProduct, wished_minor: int, most_minor: int, profile: Profile
) -> Recommendation | None:
    rate_bps = product.example.rate_bps
    cap = min(wished_minor, product.amount_max_minor)
    tenors = product.tenors_months
    if profile.is_thin:
        cap = min(cap, THIN_AMOUNT_MAX_MINOR)
        tenors = tuple(one for one in tenors if one <= THIN_MONTHS_MAX)
    best: Recommendation | None = None
    for tenor in tenors:
        amount = _largest(cap, product.amount_min_minor, (rate_bps, tenor), most_minor)
        if amount is None or (best is not None and amount <= best.amount_minor):
            continue
        reasons = [Advice.FITS_INCOME]
        if profile.is_thin:
            reasons.append(Advice.SMALL_FIRST)
        if amount == wished_minor:
            reasons.append(Advice.AS_ASKED)
        instalment = quote(amount, rate_bps, tenor).instalment_minor
        best = Recommendation(product.id, amount, tenor, instalment, tuple(reasons))
    return best


def _line(product: LoanProduct, wished_minor: int, most_minor: int) -> Recommendation | None:
    """Return the largest limit that can be paid back when all of it is drawn at once."""
    cap = min(wished_minor, product.amount_max_minor)
    price = product.example.rate_bps, max(product.draw_tenors_months)
    amount = _largest(cap, product.amount_min_minor, price, most_minor)
    if amount is None:
        return None
    reasons = [Advice.FITS_INCOME, Advice.LINE_FITS]
    if amount == wished_minor:
        reasons.append(Advice.AS_ASKED)
    instalment = quote(amount, *price).instalment_minor
    return Recommendation(product.id, amount, product.tenors_months[0], instalment, tuple(reasons))


def _largest(cap: int, least: int, price: tuple[int, int], most_minor: int) -> int | None:
    """Return the largest amount whose instalment is at most so much: the cap, or a whole step."""
    rate_bps, tenor = price
    if cap < least:
        return None
    if quote(cap, rate_bps, tenor).instalment_minor <= most_minor:
        return cap
    low, high = 0, cap // AMOUNT_STEP_MINOR
    while low < high:
        middle = (low + high + 1) // 2
        amount = middle * AMOUNT_STEP_MINOR
        if quote(amount, rate_bps, tenor).instalment_minor <= most_minor:
            low = middle
        else:
            high = middle - 1
    amount = low * AMOUNT_STEP_MINOR
    return amount if amount >= max(least, AMOUNT_STEP_MINOR) else None


def _plain(fitting: Sequence[LoanProduct], wished_minor: int) -> Recommendation:
    if not fitting:
        return _none(Advice.NO_LOAN_NOTHING_FITS)
    product = fitting[0]
    amount, tenor = min(wished_minor, product.amount_max_minor), product.tenors_months[0]
    instalment = quote(amount, product.example.rate_bps, tenor).instalment_minor
    return Recommendation(product.id, amount, tenor, instalment, (Advice.PLAIN,))


def _none(why: Advice) -> Recommendation:
    return Recommendation(None, 0, 0, 0, (why,))
