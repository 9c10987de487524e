"""Offers of a goods page: each from its own schedule, ordered, within the cap, in one call."""

import asyncio
from datetime import date

import pytest

from tongtu.checkout.api import load_merchants
from tongtu.kernel.errors import BadInput, Overloaded
from tongtu.origination.api import GoodsAsked, GoodsQuotes, QuoteLane
from tongtu.origination.flow import quoting
from tongtu.terms.api import quote

DAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def goods(request):
    engine = request.getfixturevalue("engine")
    return GoodsQuotes(engine.laws, engine._catalogue, engine.book)


@pytest.fixture(scope="session")
def haoyu():
    return load_merchants().named("haoyu").terms


def test_every_figure_is_the_one_of_the_offers_own_schedule_in_a_batch_of_any_size(goods, engine):
    asked = [GoodsAsked(price, ()) for price in (599_900, 30_000, 1_234_567)]

    alone = [goods.quote([one], DAY)[0] for one in asked]

    assert goods.quote(asked, DAY) == alone
    for offers, one in zip(alone, asked, strict=True):
        for offer in offers:
            for end in (offer.lowest, offer.highest):
                fees = {
                    price.fee_bps_monthly
                    for band in range(8)
                    if (price := engine.book.price(offer.program, band, offer.tenor_months))
                    and price.rate_bps == end.rate_bps
                }
                made = {
                    quote(
                        one.price_minor,
                        end.rate_bps,
                        offer.tenor_months,
                        (one.price_minor * fee + 5_000) // 10_000,
                    )
                    for fee in fees
                }
                assert (end.total_minor, end.irr12_ppm) in {
                    (each.total_minor, each.irr12_ppm) for each in made
                }


def test_offers_stand_by_term_and_the_cheapest_first_and_none_is_above_the_cap(goods):
    (offers,) = goods.quote([GoodsAsked(599_900, ())], DAY)

    order = [(one.tenor_months, one.lowest.cost_minor) for one in offers]
    assert order == sorted(order)
    assert {one.tenor_months for one in offers} == {3, 6, 12, 24}
    assert max(one.highest.irr12_ppm for one in offers) <= 240_000
    assert all(one.lowest.cost_minor <= one.highest.cost_minor for one in offers)


def test_where_the_merchant_pays_the_interest_the_buyer_pays_no_more_than_the_price(goods, haoyu):
    (offers,) = goods.quote([GoodsAsked(600_000, tuple(haoyu.paid_bps.items()))], DAY)

    three = [one for one in offers if one.tenor_months == 3]
    assert three[0].lowest.cost_minor == 0
    assert three[0].lowest.irr12_ppm == 0


def test_a_price_below_every_product_has_no_offer(goods):
    assert goods.quote([GoodsAsked(29_999, ())], DAY) == [[]]


def test_who_asks_in_one_turn_shares_one_call_and_a_page_asked_again_costs_none(goods):
    sizes = []

    class Counted:
        def quote(self, asked, day):
            sizes.append(len(asked))
            return goods.quote(asked, day)

    async def ask():
        lane = QuoteLane(Counted(), lambda: DAY)
        first = await asyncio.gather(*(lane.submit(GoodsAsked(500_000 + n, ())) for n in range(7)))
        again = await lane.submit(GoodsAsked(500_003, ()))
        return first, again

    first, again = asyncio.run(ask())

    assert sizes == [7]
    assert again == first[3]


def test_too_many_at_once_are_told_so(goods, monkeypatch):
    monkeypatch.setattr(quoting, "WAITING_MAX", 1)

    async def ask():
        lane = QuoteLane(goods, lambda: DAY)
        return await asyncio.gather(
            *(lane.submit(GoodsAsked(500_000 + n, ())) for n in range(2)), return_exceptions=True
        )

    one, other = asyncio.run(ask())
    assert one
    assert isinstance(other, Overloaded)


@pytest.mark.parametrize("fault", [BadInput("no such price"), ZeroDivisionError("unforeseen")])
def test_a_page_that_cannot_be_priced_is_told_so_and_the_others_of_its_turn_are_answered(
    goods, fault
):
    class Faulty:
        def quote(self, asked, day):
            if any(one.price_minor == 500_001 for one in asked):
                raise fault
            return goods.quote(asked, day)

    async def ask():
        lane = QuoteLane(Faulty(), lambda: DAY)
        turn = (lane.submit(GoodsAsked(500_000 + n, ())) for n in range(3))
        async with asyncio.timeout(10):
            found = await asyncio.gather(*turn, return_exceptions=True)
            with pytest.raises(type(fault)):
                await lane.submit(GoodsAsked(500_001, ()))
        return found

    first, bad, last = asyncio.run(ask())

    assert bad is fault
    alone = goods.quote([GoodsAsked(500_000, ()), GoodsAsked(500_002, ())], DAY)
    assert [first, last] == alone
