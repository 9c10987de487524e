"""Goods on credit: the lender pays the merchant straight, and what comes back unwinds the loan."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from tongtu.checkout.api import load_merchants
from tongtu.identity.api import Role
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    PostingResult,
    Transfer,
    open_accounts,
    post,
)
from tongtu.main.seed import seed_merchants

from .shop import FACTS, SOURCE, Shop

PRICE = 600_000
CART = {
    "reference": "order-1",
    "items": [
        {"name": "手机", "quantity": 1, "unit_minor": 500_000},
        {"name": "耳机", "quantity": 2, "unit_minor": 50_000},
    ],
    "price_minor": PRICE,
}
K = AccountKind


@pytest.fixture
def shop(api, parts, run, press, monkeypatch):
    monkeypatch.setenv("BANK_SIMULATOR_OPTIONS", "--seed 7")
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    made = Shop(api, parts, run, press)
    parts.merchants = load_merchants()
    run(seed_merchants(parts.runtime, parts.merchants))
    run(made.open())
    yield made
    run(made.close())


class Sale:
    """One purchase of a shop, from the cart to a plan that can be signed."""

    def __init__(self, shop, months=12, merchant=1, **cart):
        self.shop, self.merchant = shop, merchant
        self.seller = shop.staff(Role.MERCHANT, merchant)
        self.buyer = shop.buyer()
        opened = shop.ask("POST", "/v1/checkout/sessions", self.seller, CART | cart)
        self.path = f"/v1/checkout/sessions/{opened['session']}"
        body = {"tenor_months": months, "device": "device-1", "facts": FACTS}
        self.bought = shop.ask("POST", f"{self.path}/application", self.buyer, body)
        assert self.bought["outcome"] == "offers"
        self.plan = self.bought["plans"][0]

    def sign(self):
        return self.shop.sign(self.buyer, self.bought["application"], self.plan["offer"])

    def pay(self):
        table = self.sign()
        self.shop.carry()
        return table

    def seen(self, token=None):
        return self.shop.ask("GET", self.path, token or self.seller)

    def back(self, amount):
        told = self.shop.ask("POST", f"{self.path}/returns", self.seller, {"amount_minor": amount})
        self.shop.carry()
        return told

    @property
    def loan(self):
        [head] = self.shop.ask("GET", "/v1/loans", self.buyer)["items"]
        return self.shop.ask("GET", f"/v1/loans/{head['loan']}", self.buyer)

    @property
    def lender(self):
        rows = self.shop.fetch("select lender from checkout.purchase")
        return rows[0]["lender"]

    def repay(self, amount):
        path = f"/v1/loans/{self.loan['loan']}/repayments"
        self.shop.ask("POST", path, self.buyer, {"amount_minor": amount})
        self.shop.carry()

    @property
    def cash(self):
        return self.shop.balance(K.MERCHANT_CASH, self.merchant)


def test_from_the_cart_to_the_merchants_money_and_back_every_book_agrees(shop):
    sale = Sale(shop)
    table = sale.pay()
    lender = sale.lender
    funds = next(one.funds_minor for one in shop.parts.book.lenders if one.number == lender)
    fee = PRICE * 60 // 10_000

    assert sale.seen()["state"] == "paid"
    assert sale.seen()["merchant_pays_minor"] == fee
    assert sale.seen(sale.buyer)["merchant_pays_minor"] is None
    assert (table["principal_minor"], table["cost_minor"]) == (PRICE, sale.plan["cost_minor"])
    # Straight from the lender to the merchant: the buyer's account and ours never had it.
    wires = shop.fetch(
        "select kind, account, amount_minor, state from payments.instruction order by id"
    )
    assert [tuple(one) for one in wires] == [
        ("payout", "merchant-haoyu", PRICE, "settled"),
        ("merchant_charge", "merchant-haoyu", fee, "settled"),
    ]
    assert shop.balance(K.BORROWER_CASH) == shop.balance(K.PLATFORM_OWN) == 0
    assert sale.cash == PRICE - fee
    assert shop.balance(K.LENDER_FUNDS, lender) == funds - PRICE + fee

    shop.close_day(2)
    before = sale.loan
    told = sale.back(250_000)

    assert (told["is_whole"], told["left_minor"]) == (False, 350_000)
    after = sale.loan
    assert after["outstanding_minor"] == PRICE - 250_000
    rows = list(zip(before["schedule"], after["schedule"], strict=True))
    assert sum(a["principal_minor"] - a["paid_minor"] for _, a in rows) == 350_000
    # Two of the first period's days on the whole price, the rest on what is left of it.
    planned, period = before["schedule"][0]["interest_minor"], 30
    earned = (planned * 2 * 2 + period) // (2 * period)
    left = ((planned - earned) * 350_000 * 2 + PRICE) // (2 * PRICE)
    assert after["schedule"][0]["interest_minor"] == earned + left
    assert sale.cash == PRICE - fee - 250_000
    assert shop.books() == (0, 0)
    shop.close_day()

    told = sale.back(350_000)

    assert (told["is_whole"], told["left_minor"]) == (True, 0)
    done = sale.loan
    assert (done["state"], done["outstanding_minor"], done["payoff_minor"]) == ("settled", 0, 0)
    assert {row["interest_minor"] for row in done["schedule"]} == {0}
    assert sale.seen()["state"] == "returned"
    assert shop.balance(K.LENDER_FUNDS, lender) == funds + fee
    assert shop.balance(K.LENDER_CLAIMS, lender) == 0
    assert shop.balance(K.LOAN_INTEREST, lender, "goods_instalment") == 0
    assert sale.cash == -fee
    assert shop.fetch("select used_minor from origination.exposure")[0][0] == 0
    assert shop.books() == (0, 0)
    matched = shop.reconciled(lender)
    assert (matched.entries, matched.breaks) == (matched.matched, 0)


def test_the_files_of_merchant_and_lenders_equal_the_ledger_each_day(shop):
    sale, first = Sale(shop), shop.today()
    sale.pay()
    shop.close_day(2)
    sale.back(250_000)
    shop.close_day()
    sale.back(350_000)
    shop.close_day()
    files = []
    for day in range(4):
        path = f"/v1/merchant-settlements/{first + timedelta(days=day)}/file"
        table = list(csv.reader(io.StringIO(shop.api.get(path, sale.seller).text)))
        files.append([(row[0], row[2]) for row in table[2:]])
    assert files == [
        [("purchase", "6000.00"), ("charge", "-36.00"), ("total", "5964.00")],
        [("total", "0.00")],
        [("refund", "-2500.00"), ("total", "-2500.00")],
        [("refund", "-3500.00"), ("total", "-3500.00")],
    ]
    operator = shop.staff(Role.OPERATOR)
    for day in range(4):
        body = {"day": str(first + timedelta(days=day))}
        made = shop.ask("POST", "/v1/operations/settlements", operator, body)["items"]
        assert len(made) == len(shop.parts.book.everybody())


def test_a_merchant_that_pays_all_interest_leaves_the_buyer_a_cost_of_nothing_at_all(shop):
    sale = Sale(shop, months=3)
    plan = sale.plan
    assert (plan["cost_minor"], plan["irr12_percent"], plan["effective_percent"]) == (
        0, "0.00", "0.00",
    )  # fmt: skip
    assert plan["paid_by_merchant_minor"] > 0

    table = sale.pay()

    assert (table["cost_minor"], table["irr12_percent"]) == (0, "0.00")
    row = next(one for one in table["rows"] if one["item_en"] == "Interest paid by the merchant")
    paid = plan["paid_by_merchant_minor"]
    assert (row["amount_minor"], row["how_zh"].startswith("由浩宇数码付给")) == (0, True)
    assert f"{paid // 100}.{paid % 100:02d}" in row["note_en"]
    assert [one["total_minor"] for one in sale.loan["schedule"]] == [200_000] * 3
    assert sale.seen()["merchant_pays_minor"] == paid + PRICE * 60 // 10_000
    assert sale.cash == PRICE - paid - 3_600

    # A third of the goods comes back in time, then the rest: the subsidy goes back to the fen.
    first, last = sale.back(200_000), sale.back(400_000)
    assert first["rebate_minor"] == paid * 200_000 // PRICE
    assert first["rebate_minor"] + last["rebate_minor"] == paid
    assert (sale.loan["state"], sale.cash) == ("settled", -3_600)
    assert shop.books() == (0, 0)
    matched = shop.reconciled(sale.lender)
    assert (matched.entries, matched.breaks) == (matched.matched, 0)


def test_a_part_of_the_rate_paid_by_the_merchant_is_a_part_of_the_buyers_cost(shop):
    sale = Sale(shop, months=6)
    decided = shop.ask("GET", f"/v1/applications/{sale.bought['application']}", sale.buyer)
    offer = decided["offers"][sale.plan["offer"] - 1]

    assert 0 < sale.plan["cost_minor"] < offer["cost_minor"]
    assert sale.plan["cost_minor"] + sale.plan["paid_by_merchant_minor"] == offer["cost_minor"]
    assert 0 < float(sale.plan["irr12_percent"]) < float(offer["irr12_percent"])


def test_what_the_buyer_had_paid_goes_back_by_itself_when_all_goods_go_back_in_time(shop):
    sale = Sale(shop)
    sale.pay()
    shop.close_day()
    amount = sale.loan["next_due"]["amount_minor"]
    sale.repay(amount)

    sale.back(PRICE)

    done = sale.loan
    assert (done["state"], done["payoff_minor"], done["owed_back_minor"]) == ("settled", 0, 0)
    rows = shop.fetch("select amount_minor from ledger.transfer where code = 36")
    assert [row[0] for row in rows] == [amount, amount]  # into suspense, and out of it
    rows = shop.fetch("select amount_minor, state from payments.instruction where kind = 'refund'")
    assert [tuple(row) for row in rows] == [(amount, "settled")]
    assert shop.balance(K.SUSPENSE) == 0
    assert shop.balance(K.LENDER_CLAIMS, sale.lender) == 0
    assert shop.books() == (0, 0)
    shop.close_day()


def test_goods_that_go_back_too_late_pay_principal_and_leave_the_interest_owed(shop):
    sale = Sale(shop)
    sale.pay()
    shop.close_day(8)

    told = sale.back(PRICE)

    left = sale.loan
    assert told["is_whole"] is False
    assert (left["state"], left["outstanding_minor"]) == ("live", 0)
    interest = [row["interest_minor"] for row in left["schedule"]]
    assert interest[0] > 0
    assert set(interest[1:]) == {0}
    assert shop.books() == (0, 0)
    shop.close_day(23)
    sale.repay(interest[0])
    assert sale.loan["state"] == "settled"
    assert shop.balance(K.LENDER_CLAIMS, sale.lender) == 0


def test_more_than_was_bought_cannot_come_back_and_nothing_changes(shop):
    sale = Sale(shop)
    sale.pay()
    sale.back(100_000)
    before = shop.fetch("select * from checkout.goods_return"), sale.cash, sale.loan

    answer = shop.api.post(f"{sale.path}/returns", {"amount_minor": 500_001}, token=sale.seller)

    assert (answer.status_code, answer.json()["code"]) == (422, "more_than_bought")
    assert answer.json()["fields"] == {"amount_minor": "500000"}
    assert (shop.fetch("select * from checkout.goods_return"), sale.cash, sale.loan) == before


def test_a_merchant_captures_by_itself_and_the_same_key_pays_once(shop):
    sale = Sale(shop, is_captured_at_once=False)
    sale.pay()
    assert (sale.seen()["state"], sale.cash) == ("authorised", 0)

    key = "capture-key-1"
    for _ in range(2):
        told = shop.ask("POST", f"{sale.path}/capture", sale.seller, key=key)
        assert told == {"state": "captured"}
    shop.carry()

    assert (sale.seen()["state"], sale.cash) == ("paid", PRICE - 3_600)
    again = shop.api.post(f"{sale.path}/capture", token=sale.seller)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_step")
    assert shop.fetch("select count(*) from payments.warrant")[0][0] == 1


def test_what_is_not_captured_on_its_day_lapses_and_all_is_given_back(shop):
    sale = Sale(shop, is_captured_at_once=False)
    sale.pay()

    shop.close_day()

    assert sale.seen()["state"] == "lapsed"
    assert shop.fetch("select count(*) from payments.instruction")[0][0] == 0
    assert shop.fetch("select state from funding.commitment")[0][0] == "released"
    assert shop.fetch("select used_minor from origination.exposure")[0][0] == 0
    late = shop.api.post(f"{sale.path}/capture", token=sale.seller)
    assert (late.status_code, late.json()["code"]) == (409, "wrong_step")


def test_a_merchant_cancels_what_it_cannot_ship_and_nobody_owes(shop):
    sale = Sale(shop, is_captured_at_once=False)
    sale.pay()

    told = shop.ask("POST", f"{sale.path}/cancellation", sale.seller)

    assert (told["state"], sale.seen()["state"]) == ("lapsed", "lapsed")
    assert shop.fetch("select used_minor from origination.exposure")[0][0] == 0
    assert shop.fetch("select count(*) from payments.instruction")[0][0] == 0
    shop.close_day()


def test_another_merchant_sees_and_moves_nothing_of_it(shop):
    sale = Sale(shop)
    sale.pay()
    other = shop.staff(Role.MERCHANT, 2)

    for method, path in (("GET", sale.path), ("POST", f"{sale.path}/returns")):
        body = {"amount_minor": 100} if method == "POST" else None
        answer = shop.api.send(method, path, token=other, body=body, key="other-key-1")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert shop.fetch("select count(*) from checkout.goods_return")[0][0] == 0


def test_a_reference_is_used_once_and_items_come_to_the_price(shop):
    seller = shop.staff(Role.MERCHANT, 1)
    first = shop.ask("POST", "/v1/checkout/sessions", seller, CART, key="session-key-1")
    again = shop.ask("POST", "/v1/checkout/sessions", seller, CART, key="session-key-1")
    twice = shop.api.post("/v1/checkout/sessions", CART, token=seller)
    wrong = shop.api.post(
        "/v1/checkout/sessions", CART | {"price_minor": 1, "reference": "b"}, token=seller
    )

    assert again == first
    assert (twice.status_code, twice.json()["code"]) == (409, "reference_used")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_input")
    assert shop.fetch("select count(*) from checkout.session")[0][0] == 1


def test_a_buyer_who_took_an_offer_cannot_start_over_in_the_same_session(shop):
    sale = Sale(shop)
    body = {"tenor_months": 6, "device": "device-1", "facts": FACTS}
    again = shop.ask("POST", f"{sale.path}/application", sale.buyer, body)
    path = f"/v1/applications/{again['application']}/acceptance"
    shop.ask("POST", path, sale.buyer, {"offer": again["plans"][0]["offer"]})

    answer = shop.api.post(f"{sale.path}/application", body, token=sale.buyer)

    assert (answer.status_code, answer.json()["code"]) == (409, "session_closed")
    number = shop.runtime.public.read("application", again["application"])
    assert [row[0] for row in shop.fetch("select application from checkout.purchase")] == [number]


def test_two_buyers_cannot_both_have_one_session(shop):
    sale = Sale(shop)
    other = shop.buyer("14412345679")
    body = {"tenor_months": 12, "device": "device-2", "facts": FACTS}

    answer = shop.api.post(f"{sale.path}/application", body, token=other)

    assert (answer.status_code, answer.json()["code"]) == (409, "session_closed")
    assert shop.fetch("select count(*) from checkout.purchase")[0][0] == 1


def test_the_ledger_refuses_a_merchants_money_by_way_of_the_platform(shop):
    sale = Sale(shop)
    sale.pay()
    own, merchant = Account(0, K.PLATFORM_OWN), Account(0, K.MERCHANT_CASH, sale.merchant)
    fee, payout = Account(0, K.PLATFORM_FEE), Account(0, K.CLEARING_PAYOUT)
    ways = [
        (payout, own, Code.DISBURSEMENT_CASH),
        (own, merchant, Code.DISBURSEMENT_CASH),
        (merchant, own, Code.MERCHANT_REFUND),
        (merchant, fee, Code.MERCHANT_CHARGE),
        (own, merchant, Code.MERCHANT_REBATE),
    ]

    async def tried():
        async with shop.runtime.database.transaction() as connection:
            await open_accounts(connection, [own, fee])
            return await post(
                connection,
                0,
                [Transfer(shop.runtime.ids.new(0), a.id, b.id, 1, code) for a, b, code in ways],
                shop_day,
                shop.runtime.clock.now(),
            )

    shop_day = shop.today()
    assert set(shop.run(tried())) == {PostingResult.FORBIDDEN}
    assert sale.cash == PRICE - 3_600
