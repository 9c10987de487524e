"""Whose the price of a purchase is: the merchant's part, the buyer's, and what goes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.checkout.api import BadMerchants, Item, MerchantTerms, Purchase, load_merchants
from tongtu.checkout.rules.merchants import read_merchants
from tongtu.checkout.rules.price import (
    check_items,
    merchant_fee_minor,
    rebate_minor,
    subsidy_minor,
)
from tongtu.kernel.errors import BadInput
from tongtu.tables.api import rules_root
from tongtu.terms.api import quote

TERMS = MerchantTerms("商户", "Shop", "merchant-1", 60, {3: 10_000, 6: 300})
PURCHASE = Purchase(0, 1, 2, 1, 3, 600_000, TERMS, is_captured_at_once=True)


def test_the_merchants_part_and_the_buyers_are_the_lenders_interest():
    for months, rate, left in ((3, 720, 0), (6, 720, 420), (6, 200, 0), (12, 720, 720)):
        whole = quote(600_000, rate, months).cost_minor
        own = quote(600_000, left, months).cost_minor

        assert TERMS.buyer_rate_bps(rate, months) == left
        assert subsidy_minor(TERMS, 600_000, rate, months) == whole - own
    assert quote(600_000, 0, 3).irr12_ppm == 0


def test_a_guarantors_fee_stays_the_buyers_so_interest_free_is_not_free():
    assert quote(600_000, TERMS.buyer_rate_bps(720, 3), 3, 1_000).irr12_ppm > 0


@given(
    subsidy=st.integers(0, 100_000),
    parts=st.lists(st.integers(1, 300_000), min_size=1, max_size=6),
)
def test_the_rebates_of_a_whole_return_are_the_whole_subsidy_to_the_fen(subsidy, parts):
    price = sum(parts)
    held, rebates = replace(PURCHASE, price_minor=price, subsidy_minor=subsidy), []
    for part in parts:
        rebates.append(rebate_minor(held, part))
        held = replace(held, asked_back_minor=held.asked_back_minor + part)

    assert sum(rebates) == subsidy
    assert min(rebates) >= 0


def test_a_merchants_fee_is_rounded_half_up():
    assert merchant_fee_minor(TERMS, 10_000) == 60
    assert merchant_fee_minor(TERMS, 84) == 1
    assert merchant_fee_minor(TERMS, 83) == 0


def test_items_come_to_the_price_or_are_refused():
    check_items([Item("a", 2, 100), Item("b", 1, 50)], 250)
    for items, price in (([], 0), ([Item("a", 1, 100)], 99), ([Item("a", 1, 1)] * 51, 51)):
        with pytest.raises(BadInput):
            check_items(items, price)


def test_the_shipped_merchants_are_read_and_a_fee_beyond_sense_is_not(tmp_path):
    assert [one.id for one in load_merchants().all()] == ["haoyu", "anju"]
    text = (rules_root() / "merchants.toml").read_text(encoding="utf-8")
    for wrong in (
        text.replace("fee_bps = 60", "fee_bps = 1001"),
        text.replace('mcc = "5732"', 'mcc = "573"'),
        text.replace("number = 2", "number = 1"),
        text.replace("3 = 10000", "3 = 10001"),
        text.replace('account = "merchant-anju"', 'account = "merchant anju"'),
    ):
        path = tmp_path / "merchants.toml"
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(BadMerchants):
            read_merchants(path)
