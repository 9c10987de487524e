"""The market counted from decisions of the shipped engine, and the worth of their offers."""

import pytest

from tongtu.origination.rules.tally import Spread, Tally, Worthy, median


@pytest.fixture
def decided(engine, ample, day):
    def one(made, remaining=None):
        (found,) = engine.decide([made], dict(ample) if remaining is None else remaining, day)
        worths = [engine.worth_minor(offer, day) for offer in found.offers]
        return found, worths

    return one


def test_every_lender_asked_is_counted_once_as_shown_or_by_its_reason(engine, decided, case):
    found = Tally()
    for n, months in enumerate((24, 60, 6)):
        found.add(Worthy(*decided(case(n=n, tenor_months=months)), 0))
    found.add(Worthy(*decided(case(n=9, records=True, income_minor=0)), 0))

    assert (found.decisions, found.chosen) == (4, 0)
    assert set(found.lenders) == {one.number for one in engine.book.lenders}
    for told in found.lenders.values():
        assert told.asked == found.asked
        assert told.shown + sum(told.refusals.values()) == told.asked
    assert found.offers == sum(told.shown for told in found.lenders.values())
    assert found.with_offers == sum(told.first for told in found.lenders.values()) == 2


def test_a_lender_without_money_left_was_eligible_and_not_shown(engine, decided, case, ample):
    program = engine.book.lender(1).programs[0].id

    found = Tally()
    found.add(Worthy(*decided(case(), {**ample, program: 0}), 1))

    told = found.lenders[1]
    assert (told.eligible, told.shown, told.refusals) == (1, 0, {"quota_exhausted": 1})
    assert found.lenders[7].chosen == 1


def test_a_taken_offers_saving_lent_money_and_worth_are_the_records_own(decided, case):
    made, worths = decided(case())
    found = Tally()

    found.add(Worthy(made, worths, 2))

    offer = made.offers[1]
    told = found.lenders[offer.lender]
    assert (told.chosen, told.lent_minor, told.worth_minor) == (1, 3_000_000, worths[1])
    assert found.dearer_than_first == 1
    assert found.saving_minor == made.offers[3].cost_minor - offer.cost_minor
    assert found.saving_ppm == made.offers[3].irr12_ppm - offer.irr12_ppm


def test_an_offer_is_worth_seven_tenths_of_what_it_saves_against_the_cap(decided, case, engine):
    made, worths = decided(case(amount_minor=1_000_000, tenor_months=12))

    # 24 % a year over 12 months: twelve instalments of 94,559.60 for a million.
    dearest = 134_715
    for offer, worth in zip(made.offers, worths, strict=True):
        joint = engine.book.program(offer.program).joint
        service = 0 if joint is None else joint.service_fee_ppm
        interest = offer.cost_minor - offer.fee_monthly_minor * 12
        commission = interest * service // 1_000_000
        saving = dearest - offer.cost_minor
        assert worth == (saving * 700_000 + commission * 300_000) // 1_000_000
    assert worths[0] == max(worths)


def test_a_median_of_an_even_list_is_the_mean_of_its_middle_rounded_half_up():
    assert [median(one) for one in ([3], [1, 4], [5, 1, 3], [1, 2, 4, 9])] == [3, 3, 3, 3]
    spread = Spread([5, 1, 3, 9])
    assert [spread.at(percent) for percent in (0, 50, 100)] == [1, 3, 9]
    assert Spread().at(50) is None


def test_an_offer_that_came_after_the_decision_is_chosen_and_saves_nothing(decided, case):
    made, worths = decided(case())
    late = made.offers[0]._replace(lender=30, amount_minor=1_500_000)
    found = Tally()

    found.add(Worthy(made, worths, len(made.offers) + 1, late))

    told = found.lenders[30]
    assert (told.asked, told.chosen, told.lent_minor, told.worth_minor) == (0, 1, 1_500_000, 0)
    assert (found.chosen, found.chosen_later, found.dearer_than_first) == (1, 1, 0)
    assert (found.saving_minor, found.saving_ppm) == (0, 0)
