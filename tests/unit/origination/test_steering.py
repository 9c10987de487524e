"""The router's word in the lane: it recommends, and never hides or moves a dearer offer up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.funding.api import STEER_GUARD_PPM, Steering, recommend, recommend_each
from tongtu.origination.flow.steering import _could_go
from tongtu.origination.rules.pricing import _order
from tongtu.origination.rules.record import Record, decode, encode

from .conftest import AT

lists = st.lists(
    st.lists(st.tuples(st.integers(0, 40), st.integers(-30, 30)), min_size=1, max_size=6),
    min_size=1,
    max_size=12,
)


@pytest.fixture
def decide(engine, ample, day, case):
    def one(steering, **changes):
        (found,) = engine.decide([case(known={"steering": steering}, **changes)], dict(ample), day)
        return found

    return one


def test_without_scarcity_the_cheapest_is_recommended(decide):
    found = decide(Steering(STEER_GUARD_PPM))

    assert found.recommended == 1
    assert len(found.worths) == len(found.offers) == 7
    assert found.worths[0] == max(found.worths)


def test_a_switched_off_router_says_nothing_and_the_list_is_the_same(decide):
    off, on = decide(None), decide(Steering(STEER_GUARD_PPM, ((101, 900_000),)))

    assert (off.recommended, off.worths) == (0, ())
    assert off.offers == on.offers
    assert off.not_offered == on.not_offered


def test_a_scarce_lenders_money_is_kept_for_others_within_the_guard_only(decide):
    offers = decide(None).offers
    first, second = offers[:2]
    gap = second.irr12_ppm - first.irr12_ppm
    scarce = ((first.program, 500_000),)

    assert gap > 0
    assert decide(Steering(gap, scarce)).recommended == 2
    assert decide(Steering(gap - 1, scarce)).recommended == 1
    # However scarce, nothing is hidden, and the cheapest stands first.
    assert decide(Steering(1_000_000, scarce)).offers == offers


def test_of_offers_of_one_cost_that_one_stands_first_whose_money_is_not_scarce(
    engine, ample, day, case
):
    made = case()
    (found,) = engine.decide([made], dict(ample), day)
    twin = found.offers[0]._replace(program=found.offers[1].program, lender=found.offers[1].lender)
    offers = [found.offers[0], twin]

    def order(*tolls):
        return [one.lender for one in sorted(offers, key=_order(Steering(0, tolls)))]

    assert order() == order((twin.program, 5)) == [1, 7]
    assert order((101, 5)) == order((101, 5), (twin.program, 4)) == [7, 1]


@given(lists, st.integers(0, 20))
def test_many_lists_at_once_are_recommended_as_each_alone(found, guard):
    flat = [one for each in found for one in each]
    yearly, nets = (np.array(column, np.int64) for column in zip(*flat, strict=True))
    starts = np.cumsum([0, *map(len, found[:-1])])

    places = recommend_each(yearly, nets, starts, guard).tolist()

    assert places == [recommend(*zip(*each, strict=True), guard) for each in found]
    for each, place in zip(found, places, strict=True):
        assert each[place - 1][0] <= min(cost for cost, _ in each) + guard


@pytest.mark.parametrize(
    "steering", [None, Steering(2_500), Steering(2_500, ((101, 7), (601, 12_345)))]
)
def test_the_record_holds_prices_worths_and_the_recommendation(engine, ample, day, case, steering):
    made = case(known={"steering": steering})
    (found,) = engine.decide([made], dict(ample), day)
    record = Record(made, day, made.request.submitted_at, 7, found)

    again = decode(encode(record))

    assert again.case.known == made.known
    assert again.decided == found
    assert encode(again) == encode(record)
    # Decided from the record alone it is the same.
    assert engine.decide([again.case], dict(ample), day) == [found]


def test_the_answer_names_the_recommended_offer_and_says_nothing_where_the_router_is_off(
    engine, ample, day, case
):
    told = []
    for steering in (None, Steering(1_000_000, ((101, 900_000),))):
        made = case(known={"steering": steering})
        (found,) = engine.decide([made], dict(ample), day)
        record = Record(made, day, made.request.submitted_at, 7, found)
        (telling,) = engine.tellings([record], ["offers"], "2026-11-25T00:00:00.000Z")
        told.append(engine.answers.write(record, telling))

    off, on = told
    assert b'"recommended"' not in off
    assert on == off.replace(b'],"not_offered"', b'],"recommended":2,"not_offered"')


@pytest.fixture
def recorded(engine, day, case):
    """Decide eight cases, one of them refused; return their records."""

    def made(remaining):
        known = {"steering": Steering(STEER_GUARD_PPM)}
        cases = [case(n, known=known, amount_minor=1_000_000 * n) for n in range(1, 8)]
        cases.append(case(8, known=known | {"consent_mask": 0}))
        decided = engine.decide(cases, remaining, day)
        return [Record(one, day, AT, 0, result) for one, result in zip(cases, decided, strict=True)]

    return made


def test_a_record_tells_what_deciding_again_with_money_for_everybody_tells(engine, ample, recorded):
    records = recorded(dict(ample))
    untold = [one._replace(decided=one.decided._replace(worths=())) for one in records]

    found = _could_go([(1, one) for one in records], {})  # there is no engine to decide again

    assert len(found) == 7
    assert found == _could_go([(1, one) for one in untold], {1: engine})


def test_who_found_a_budget_empty_is_decided_again(engine, ample, recorded):
    whole = recorded(dict(ample))
    program = whole[0].decided.offers[0].program
    short = recorded(ample | {program: 0})
    assert any(program in one.decided.exhausted for one in short)

    found = _could_go([(1, one) for one in short], {1: engine})

    # In another order: who is decided again comes after the others.
    assert sorted(found) == sorted(_could_go([(1, one) for one in whole], {}))
    with pytest.raises(KeyError):
        _could_go([(1, one) for one in short], {})
