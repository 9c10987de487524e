"""What would change the answer: the least of the allowed changes, decided before it is said."""

import pytest

from tongtu.origination.api import Outcome, advise

TENORS = (3, 6, 9, 12, 18, 24, 30, 36, 42, 48, 54, 60)


@pytest.fixture
def decide(engine, ample, day):
    return lambda one: engine.decide([one], dict(ample), day)[0]


def followed(case, advice):
    then = {one.field: one.then for one in advice.changes}
    debt = {"debt_minor": then.pop("debt_minor")} if "debt_minor" in then else {}
    request = case.request
    return case._replace(
        request=request._replace(declared=request.declared._replace(**debt), **then)
    )


# Declined, each for another reason: too much a month, an amount too large, debts.
DECLINED = [
    {"income_minor": income, "amount_minor": amount, "tenor_months": tenor, "debt_minor": debt}
    for income in (450_000, 600_000, 800_000)
    for amount in (6_000_000, 12_000_000, 18_000_000)
    for tenor in (6, 12)
    for debt in (0, 8_000_000)
]


def test_a_declined_person_who_follows_the_advice_gets_offers(engine, case, day, decide):
    asked = [one for one in (case(**changes) for changes in DECLINED)
             if decide(one).outcome is Outcome.DECLINED]  # fmt: skip
    advised = [(one, advise(engine, one, day, TENORS)) for one in asked]
    followable = [(one, advice) for one, advice in advised if advice is not None]

    assert len(followable) >= 30
    for one, advice in followable:
        again = decide(followed(one, advice))
        assert (again.outcome, again.offers) == (Outcome.OFFERS, advice.decided.offers)
        assert again.offers


def test_no_nearer_amount_would_have_been_enough(engine, case, day, decide):
    asked = case(amount_minor=12_000_000, tenor_months=12)
    advice = advise(engine, asked, day, ())
    (change,) = advice.changes

    assert (change.field, change.now) == ("amount_minor", 12_000_000)
    nearer = [12_000_000 * (20 - step) // 20 for step in range(1, change.steps)]
    assert nearer
    assert all(decide(case(amount_minor=one, tenor_months=12)).outcome
               is not Outcome.OFFERS for one in nearer)  # fmt: skip


def test_only_amount_term_and_debts_are_ever_proposed_and_at_most_two(engine, case, day):
    found = [advise(engine, case(**changes), day, TENORS) for changes in DECLINED]
    for advice in filter(None, found):
        fields = [one.field for one in advice.changes]
        assert set(fields) <= {"amount_minor", "tenor_months", "debt_minor"}
        assert len(fields) <= 2
        assert all(one.then < one.now for one in advice.changes if one.field != "tenor_months")


def test_who_is_not_declined_and_who_cannot_mend_it_get_no_advice(engine, case, day):
    assert advise(engine, case(), day, TENORS) is None
    nobody = case(known={"is_identified": False})
    assert advise(engine, nobody, day, TENORS) is None
