"""POST /v1/recommendations: which product, amount and term suit a person; "no loan" is an answer.

Without a name it is the view that is not personal, for everybody alike. Who asks for the personal
one says what they earn and pay; nothing of it is kept, and what is affordable comes first.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import post
from litestar.params import JSONBody

from tongtu.catalog.api import WORDS, Advice, Profile, Recommendation, affordable_minor, recommend
from tongtu.channels.rest.auth import PUBLIC, allow
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.identity.api import Role
from tongtu.journey.api import Stated, profile_of
from tongtu.terms.api import PRINCIPAL_MINOR_MAX

Purpose = Annotated[str, msgspec.Meta(pattern="^[a-z_]{1,40}$")]
Wish = Annotated[int, msgspec.Meta(ge=1, le=PRINCIPAL_MINOR_MAX)]
Money = Annotated[int, msgspec.Meta(ge=0, le=100_000_000_000)]


class PlainAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What for and how much: nothing about oneself."""

    purpose: Purpose
    amount_minor: Wish


class PersonalAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What for and how much, and what one earns and pays each month; null income is unknown."""

    purpose: Purpose
    amount_minor: Wish
    income_minor: Money | None
    expenses_minor: Money
    debt_minor: Money  # what is owed elsewhere in all
    is_student: bool


class WordShown(msgspec.Struct, frozen=True):
    """A reason in words."""

    code: str
    text_zh: str
    text_en: str


class RecommendationShown(msgspec.Struct, frozen=True, kw_only=True):
    """A product with amount and term, or none; an example's price, not an offer."""

    is_personal: bool
    product: str | None
    amount_minor: int
    tenor_months: int
    instalment_minor: int
    affordable_minor: int | None  # the largest new instalment a month, where it is personal
    reasons: list[WordShown]


@post(
    "/v1/recommendations",
    status_code=200,
    opt=PUBLIC,
    dto=StrictBody[PlainAsked],
    return_dto=None,
)
async def recommend_plainly(data: JSONBody[PlainAsked], parts: GivenParts) -> RecommendationShown:
    """Return what is recommended to everybody alike; nothing personal enters."""
    found = recommend(parts.catalogue.all(), data.purpose, data.amount_minor, None)
    return _shown(found, None)


@post(
    "/v1/me/recommendations",
    status_code=200,
    opt=allow(Role.BORROWER),
    dto=StrictBody[PersonalAsked],
    return_dto=None,
)
async def recommend_personally(
    data: JSONBody[PersonalAsked], parts: GivenParts, caller: GivenCaller
) -> RecommendationShown:
    """Return what suits the person, or why no loan does; it takes their consent to be judged."""
    stated = Stated(data.income_minor, data.expenses_minor, data.debt_minor, data.is_student)
    profile = await profile_of(parts.runtime, caller, stated)
    found = recommend(parts.catalogue.all(), data.purpose, data.amount_minor, profile)
    return _shown(found, profile)


def _shown(found: Recommendation, profile: Profile | None) -> RecommendationShown:
    return RecommendationShown(
        is_personal=profile is not None,
        product=found.product,
        amount_minor=found.amount_minor,
        tenor_months=found.tenor_months,
        instalment_minor=found.instalment_minor,
        affordable_minor=None if profile is None else affordable_minor(profile),
        reasons=[_word(one) for one in found.reasons],
    )


def _word(advice: Advice) -> WordShown:
    return WordShown(advice.value, *WORDS[advice])


ROUTES = (recommend_plainly, recommend_personally)
