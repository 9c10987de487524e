from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongtu.kernel.errors import NotFound
from tongtu.origination.api import Decided, Declared, NotOffered, Outcome
from tongtu.risk.api import FACTS
from tongtu.terms.api import quote

LENDERS = (1, 2, 3, 4, 5, 6, 7)
ALL_CONSENTS = 0b111 | sum(1 << (8 + number) for number in LENDERS)


@pytest.fixture
def decide(engine, ample, day):
    def one(made, remaining=None):
        (result,) = engine.decide([made], dict(ample) if remaining is None else remaining, day)
        return result

    return one


def test_what_a_person_declares_stands_in_the_order_of_the_scores_facts():
    assert (*Declared._fields, "amount_minor", "tenor_months") == FACTS


def test_a_safe_person_gets_an_offer_of_every_lender_cheapest_total_first(decide, case):
    found = decide(case())

    assert found.outcome is Outcome.OFFERS
    assert (found.points, found.pd_ppm, found.band) == (595, 30_000, 0)
    assert [offer.lender for offer in found.offers] == [1, 7, 6, 3, 4, 2, 5]
    costs = [offer.cost_minor for offer in found.offers]
    assert costs == sorted(costs)
    assert found.not_offered == ()


def test_every_figure_of_an_offer_is_that_of_its_own_schedule(decide, case):
    for offer in decide(case(amount_minor=3_333_333, tenor_months=36)).offers:
        exact = quote(3_333_333, offer.rate_bps, 36, offer.fee_monthly_minor)

        assert (offer.instalment_minor, offer.last_instalment_minor) == (
            exact.instalment_minor,
            exact.last_minor,
        )
        assert (offer.total_minor, offer.cost_minor) == (exact.total_minor, exact.cost_minor)
        assert (offer.irr12_ppm, offer.effective_ppm) == (exact.irr12_ppm, exact.effective_ppm)
        assert offer.irr12_ppm <= 240_000


def test_data_goes_only_to_lenders_the_person_agreed_to(decide, case):
    found = decide(case(known={"consent_mask": 0b111 | 1 << 9 | 1 << 11}))

    assert sorted(offer.lender for offer in found.offers) == [1, 3]
    assert found.not_offered == tuple(
        NotOffered(lender, "consent_missing") for lender in (2, 4, 5, 6, 7)
    )
    assert found.consents_used == 0b11 | 1 << 9 | 1 << 11


def test_a_joint_loan_is_offered_only_when_the_data_may_go_to_all_who_fund_it(decide, case):
    all_but = {number: ALL_CONSENTS & ~(1 << 8 + number) for number in (1, 3, 7)}

    for mask in all_but.values():
        found = decide(case(known={"consent_mask": mask}))
        assert 7 not in [offer.lender for offer in found.offers]
        assert NotOffered(7, "consent_missing") in found.not_offered
    everybody = decide(case())
    assert 7 in [offer.lender for offer in everybody.offers]
    assert everybody.consents_used & 0b1000_1010 << 8 == 0b1000_1010 << 8


def test_nobody_to_lend_is_a_refusal_that_says_why(decide, case):
    found = decide(case(known={"consent_mask": 0b111}))

    assert (found.outcome, found.reasons, found.offers) == (
        Outcome.DECLINED,
        ("consent_missing",),
        (),
    )


@pytest.mark.parametrize(
    ("known", "rule", "reason"),
    [
        ({"adult_on": date(2026, 11, 25)}, "ELIG-01", "not_eligible"),
        ({"is_identified": False, "adult_on": None}, "ELIG-01", "missing_fact"),
        ({"consent_mask": 0}, "PRIV-01", "consent_missing"),
    ],
)
def test_the_law_refuses_before_anything_is_priced(decide, case, known, rule, reason):
    found = decide(case(known=known))

    assert (found.outcome, found.reasons, found.offers) == (Outcome.DECLINED, (reason,), ())
    assert found.findings[0] == (rule, "block", reason)
    assert found.not_offered == ()


def test_an_eighteenth_birthday_today_is_old_enough(decide, case, day):
    assert decide(case(known={"adult_on": day})).outcome is Outcome.OFFERS


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"purpose": "stocks"}, "purpose_not_allowed"),
        ({"tenor_months": 7}, "tenor_not_offered"),
        ({"amount_minor": 49_999, "price_minor": 60_000}, "amount_out_of_range"),
    ],
)
def test_what_the_product_does_not_hold_is_refused_with_its_reason(decide, case, changes, reason):
    found = decide(case(**changes))

    assert (found.outcome, found.reasons[0], found.offers) == (Outcome.DECLINED, reason, ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"income_minor": None}, "income_missing"), ({"debt_minor": None}, "missing_fact")],
)
def test_what_was_not_said_sends_the_case_to_a_person(decide, case, changes, reason):
    found = decide(case(**changes))

    assert (found.outcome, found.reasons[0], found.offers) == (Outcome.REVIEW, reason, ())


def test_a_refusal_by_rule_wins_over_a_doubt(decide, case):
    found = decide(case(records=True, seniority_years=1, income_minor=None))

    assert found.outcome is Outcome.DECLINED
    assert found.reasons[0] == "negative_records"
    assert "RULE-01" in found.rules_fired


@pytest.mark.parametrize(
    ("income_minor", "outcome"),
    [
        (209_228, Outcome.DECLINED),
        (209_229, Outcome.REVIEW),
        (292_919, Outcome.REVIEW),
        (292_920, Outcome.OFFERS),
    ],
)
def test_debt_service_blocks_above_seventy_percent_and_holds_above_fifty(
    decide, case, income_minor, outcome
):
    # Band 2 over 24 months: the dearest lender asks 15.70 %, so 146,460 fen a month.
    found = decide(case(income_minor=income_minor, expenses_minor=60_000))

    assert found.band == 2
    assert found.outcome is outcome
    assert (found.reasons == ("debt_service_too_high",)) is (outcome is not Outcome.OFFERS)


def test_no_offer_passes_what_one_person_may_owe(decide, case):
    at_limit = decide(case(known={"exposure_minor": 17_000_000}))
    above = decide(case(known={"exposure_minor": 17_000_001}))

    assert len(at_limit.offers) == 7
    assert (above.outcome, above.reasons) == (Outcome.DECLINED, ("party_limit_reached",))


def test_a_used_up_quota_drops_its_lender_alone(decide, case, ample):
    remaining = ample | {101: 2_999_999}

    found = decide(case(), remaining)

    assert [offer.lender for offer in found.offers] == [7, 6, 3, 4, 2, 5]
    assert found.not_offered == (NotOffered(1, "quota_exhausted"),)
    assert found.exhausted == (101,)
    assert remaining[101] == 2_999_999
    assert remaining[701] == ample[701] - 3_000_000  # the cheapest of the list holds its amount
    assert remaining[601] == ample[601]


def test_a_batch_shares_a_quota_in_the_order_of_arrival(engine, case, ample, day):
    remaining = ample | {101: 7_000_000}

    found = engine.decide([case(n) for n in range(1, 5)], remaining, day)

    assert [101 in [offer.program for offer in one.offers] for one in found] == [
        True,
        True,
        False,
        False,
    ]
    assert remaining[101] == 1_000_000


@pytest.mark.parametrize("people", [4, 20])  # one by one, and by column
def test_an_offer_that_is_not_the_cheapest_is_shown_to_all_and_held_for_nobody(
    engine, case, ample, day, people
):
    remaining = ample | {701: 3_000_000, 601: 2_999_999}
    programs = [101, 701, 301, 401, 201, 501]

    found = engine.decide([case(n) for n in range(1, people + 1)], remaining, day)

    assert [[offer.program for offer in one.offers] for one in found] == [programs] * people
    assert remaining == ample | {
        101: ample[101] - people * 3_000_000, 701: 3_000_000, 601: 2_999_999
    }  # fmt: skip


def test_one_bad_member_does_not_harm_the_others_of_its_batch(engine, case, ample, day):
    found = engine.decide([case(1), case(2, product="no_such"), case(3)], dict(ample), day)

    assert isinstance(found[1], NotFound)
    assert found[1].code == "no_such_product"
    alone = [engine.decide([case(n)], dict(ample), day)[0] for n in (1, 3)]
    assert [found[0], found[2]] == alone


CASES = st.fixed_dictionaries(
    {
        "amount_minor": st.integers(50_000, 21_000_000),
        "tenor_months": st.sampled_from([3, 6, 12, 24, 36, 48, 60, 84]),
        "income_minor": st.none() | st.integers(0, 4_000_000),
        "expenses_minor": st.integers(0, 600_000),
        "assets_minor": st.none() | st.integers(0, 50_000_000),
        "debt_minor": st.none() | st.integers(0, 5_000_000),
        "price_minor": st.integers(0, 30_000_000),
        "seniority_years": st.integers(0, 40),
        "home": st.sampled_from(["unknown", "owner", "rent", "parents", "private", "other"]),
        "job": st.sampled_from(["unknown", "fixed", "freelance", "part_time", "other"]),
        "records": st.booleans(),
        "purpose": st.sampled_from(["goods", "travel", "stocks"]),
    }
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(CASES, min_size=7, max_size=24))
def test_a_batch_and_its_members_one_by_one_are_decided_the_same(engine, case, ample, day, drawn):
    cases = [case(n, **changes) for n, changes in enumerate(drawn, start=1)]

    together = engine.decide(cases, dict(ample), day)
    alone = [engine.decide([one], dict(ample), day)[0] for one in cases]

    assert together == alone
    for one in together:
        assert isinstance(one, Decided)
        assert bool(one.offers) is (one.outcome is Outcome.OFFERS)
        assert len(one.reasons) <= 4
        assert one.reasons or one.outcome is Outcome.OFFERS
        assert {offer.lender for offer in one.offers}.isdisjoint(
            silent.lender for silent in one.not_offered
        )


def test_every_lender_answers_once_whenever_lenders_were_asked(decide, case):
    found = decide(case(amount_minor=14_000_000, price_minor=30_000_000, tenor_months=60))

    answered = [offer.lender for offer in found.offers]
    answered += [silent.lender for silent in found.not_offered]
    assert sorted(answered) == list(LENDERS)
