"""Advice: what can be paid back first, small for the little known, nothing for students."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.catalog.api import (
    WORDS,
    Advice,
    Catalogue,
    Profile,
    Recommendation,
    affordable_minor,
    recommend,
)
from tongtu.terms.api import quote

PRODUCTS = Catalogue.load().all()


def person(**changes):
    stated = {
        "income_minor": 1_000_000,
        "expenses_minor": 400_000,
        "debt_service_minor": 0,
        "is_student": False,
        "is_thin": False,
    }
    return Profile(**stated | changes)


def advise(wished, profile, purpose="goods"):
    return recommend(PRODUCTS, purpose, wished, profile)


def test_the_shortest_term_whose_instalment_can_be_paid_is_advised():
    found = advise(1_000_000, person())

    # 35 % of the 6,000 yuan left is 2,100 a month: six months of 10,000 at 12 % is 1,726.
    assert affordable_minor(person()) == 210_000
    assert found.tenor_months == 6
    assert found.instalment_minor == quote(1_000_000, 1_200, 6).instalment_minor <= 210_000
    assert found.reasons == (Advice.FITS_INCOME, Advice.AS_ASKED)


def test_who_is_little_known_is_advised_little_for_a_year_at_most():
    found = advise(5_000_000, person(income_minor=5_000_000, is_thin=True))

    assert (found.amount_minor, found.tenor_months) == (1_000_000, 3)
    assert Advice.SMALL_FIRST in found.reasons


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"is_student": True, "income_minor": 9_000_000}, Advice.NO_LOAN_STUDENT),
        ({"income_minor": None}, Advice.NO_LOAN_UNKNOWN_INCOME),
        ({"expenses_minor": 1_000_000}, Advice.NO_LOAN_UNAFFORDABLE),
        ({"debt_service_minor": 400_000}, Advice.NO_LOAN_UNAFFORDABLE),
    ],
)
def test_no_loan_is_an_advice_with_its_reason(changes, why):
    assert advise(1_000_000, person(**changes)) == Recommendation(None, 0, 0, 0, (why,))


def test_who_earns_well_and_repaid_a_loan_is_advised_a_line_they_could_draw_at_once():
    found = advise(3_000_000, person(income_minor=1_500_000))

    assert (found.product, found.amount_minor, found.tenor_months) == ("credit_line", 3_000_000, 12)
    assert found.instalment_minor == quote(3_000_000, 720, 12).instalment_minor <= 385_000
    assert found.reasons == (Advice.FITS_INCOME, Advice.LINE_FITS, Advice.AS_ASKED)


@pytest.mark.parametrize(
    ("changes", "purpose"),
    [
        ({"income_minor": 1_199_900}, "goods"),
        ({"income_minor": 1_500_000, "is_thin": True}, "goods"),
        ({"income_minor": 1_500_000}, "education"),  # no line is lent for it
    ],
)
def test_nobody_else_is_advised_a_line(changes, purpose):
    found = advise(3_000_000, person(**changes), purpose)

    assert found.product not in (None, "credit_line")
    assert Advice.LINE_FITS not in found.reasons


def test_a_loan_is_advised_where_a_line_would_hold_less_of_the_wish():
    # 1,500 yuan a month: a line of 20,000 over twelve months is too dear, a longer loan is not.
    found = advise(2_000_000, person(income_minor=1_200_000, expenses_minor=770_000))

    assert affordable_minor(person(income_minor=1_200_000, expenses_minor=770_000)) == 150_500
    assert (found.amount_minor, found.product) == (2_000_000, "consumer_cash")
    assert found.tenor_months > 12


def test_a_purpose_that_no_product_has_gets_no_advice():
    found = advise(1_000_000, person(), purpose="stocks")

    assert found.reasons == (Advice.NO_LOAN_NOTHING_FITS,)


def test_the_view_that_is_not_personal_is_the_same_for_everybody_and_says_so():
    found = advise(1_000_000, None)

    assert (found.product, found.amount_minor, found.tenor_months) == (
        "consumer_cash",
        1_000_000,
        3,
    )
    assert found.reasons == (Advice.PLAIN,)


def test_each_advice_has_words_in_both_languages_and_age_is_nowhere():
    assert set(WORDS) == set(Advice)
    assert "age" not in Profile.__slots__


@given(
    income=st.integers(0, 10_000_000),
    expenses=st.integers(0, 5_000_000),
    debts=st.integers(0, 3_000_000),
    wished=st.integers(50_000, 20_000_000),
    is_thin=st.booleans(),
)
def test_nothing_is_advised_that_leaves_too_little_or_is_more_than_was_asked_for(
    income, expenses, debts, wished, is_thin
):
    profile = Profile(income, expenses, debts, is_student=False, is_thin=is_thin)

    found = advise(wished, profile)

    assert found.amount_minor <= wished
    assert found.instalment_minor <= affordable_minor(profile)
    assert (found.product is None) == (found.amount_minor == 0)
    if found.product:
        assert (found.instalment_minor + debts) * 10 <= 4 * income
