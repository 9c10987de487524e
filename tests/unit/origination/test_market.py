"""Lenders asked by column answer a batch exactly as they do asked one by one."""

import random

import pytest

from tongtu.funding.api import Steering
from tongtu.kernel.errors import TongtuError
from tongtu.origination.rules.draft import Draft
from tongtu.origination.rules.market import Market

LENDERS = range(1, 8)
BATCH = 80
GOODS = (
    *[("consumer_cash", "goods"), ("goods_instalment", "goods")] * 3,
    ("consumer_cash", "travel"), ("consumer_cash", "education"), ("no_such_product", "goods"),
    ("home_improvement", "home_improvement"), ("education_training", "education"),
)  # fmt: skip


def drawn(case, source, n):
    """A case of any product, amount, person and set of consents; now and then an impossible one."""
    pick = source.choice
    consents = 0b11 | sum(1 << (8 + one) for one in LENDERS if source.random() < 0.9)
    product, purpose = pick(GOODS)
    made = case(
        n=n,
        known={"consent_mask": consents, "exposure_minor": pick([0, 0, 0, 5_000_000, 19_000_000])},
        income_minor=pick([None, 0, *range(300_000, 3_000_000, 90_000)]),
        assets_minor=pick([None, 0, 4_000_000, 90_000_000]),
        debt_minor=pick([None, 0, 0, 0, 3_000_000]),
        seniority_years=source.randint(0, 20),
        home=pick(["owner", "rent", "parents", "unknown"]),
        job=pick(["fixed", "fixed", "freelance", "part_time", "unknown"]),
        records=source.random() < 0.2,
        product=product,
        purpose=purpose,
        amount_minor=pick([source.randint(1, 20_000_000), 3_000_000, 1_000_000, 500_000]),
        tenor_months=pick([6, 12, 12, 24, 24, 36, 48, 60, 7, 100]),
    )
    if n == 97:  # more than the table's facts may be: that batch is asked one by one
        return case(n=n, income_minor=2 * 10**11)
    return made


def told(results):
    return [
        (one.code, one.detail) if isinstance(one, TongtuError) else tuple(one) for one in results
    ]


STEERED = Steering(2_500, ((101, 9_000), (301, 25_000), (601, 40_000), (701, 60_000)))


@pytest.mark.parametrize(
    "market",
    [("ample", None), ("short", None), ("none", None), ("ample", STEERED), ("short", STEERED),
     ("ample", Steering(1_000_000))],
)  # fmt: skip
def test_a_batch_by_column_is_decided_as_each_case_alone(engine, case, day, monkeypatch, market):
    quota, steering = market
    source = random.Random(quota)
    by_column, offer = [], Market.offer
    monkeypatch.setattr(
        Market, "offer", lambda *asked: by_column.append(offer(*asked)) or by_column[-1]
    )
    offered = declined = 0
    for turn in range(8):
        cases = [drawn(case, source, turn * BATCH + n) for n in range(BATCH)]
        cases = [one._replace(known=one.known._replace(steering=steering)) for one in cases]
        remaining = {
            program.id: {
                "ample": 10**13, "short": source.randint(1, 40_000_000), "none": 0
            }[quota]
            for program in engine.book.programs()
        }  # fmt: skip
        left, left_too = dict(remaining), dict(remaining)

        found = told(engine.decide(cases, left, day))

        alone = [one for each in cases for one in engine.decide([each], left_too, day)]
        assert found == told(alone)
        assert left == left_too
        offered += sum("offers" in one for one in found)
        declined += sum("declined" in one for one in found)
    assert declined > 50
    assert by_column.count(True) >= 5
    assert by_column.count(False) == 1
    assert (offered > 60) == (quota != "none")


def test_lenders_are_not_asked_by_column_where_a_statement_is_beyond_them(engine, case, day):
    huge = case(amount_minor=3_000_000, income_minor=2 * 10**11)
    drafts = [engine.open(n, huge, day) for n in range(12)]
    engine.score(drafts)
    engine.judge(drafts, day)
    before = [_state(draft) for draft in drafts]
    remaining = {program.id: 10**13 for program in engine.book.programs()}

    asked = engine._market.offer([(draft, ("bank",)) for draft in drafts], remaining, day)

    assert not asked
    assert [_state(draft) for draft in drafts] == before
    assert set(remaining.values()) == {10**13}


def _state(draft: Draft):
    return draft.offers, draft.refusals, draft.exhausted, draft.silent, draft.shared
