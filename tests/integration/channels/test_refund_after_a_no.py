"""A merchant's refund that its bank refused and paid all the same ends where its money is."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from tongtu.identity.api import Role
from tongtu.journey.api import match_statements
from tongtu.ledger.api import AccountKind
from tongtu.payments.api import Answer, Entry, Returned, Saying, Wanted, list_breaks
from tongtu.payments.flow.hear import hear_return
from tongtu.payments.store.instruction import hold

from . import test_checkout
from .test_checkout import PRICE, Sale

K = AccountKind
REASON = "it stands in the bank's statement"
shop = test_checkout.shop
FEE = PRICE * 60 // 10_000


class NoRail:
    """A bank that says no to whatever it is asked."""

    async def pay(self, wire, at):
        return Answer(Saying.NO, reason="AM04")

    async def status(self, end_to_end_id):
        return Answer(Saying.NOT_KNOWN)


class MoreBooks:
    """The bank's own books, and a movement that it told nobody of."""

    def __init__(self, rail, entry):
        self._rail, self._entry = rail, entry

    async def statement(self, account, day):
        read = await self._rail.statement(account, day)
        return replace(
            read,
            closing_minor=read.closing_minor + self._entry.amount_minor,
            entries=(*read.entries, self._entry),
        )


class Refusal:
    """A sale whose refund the bank refused; `moved` lets the bank's books hold it all the same."""

    def __init__(self, shop, amount):
        self.shop, self.sale = shop, Sale(shop)
        self.sale.pay()
        self.operators = [shop.staff(Role.OPERATOR, name=name) for name in ("one", "two")]
        bank, shop.rail = shop.rail, NoRail()
        self.told = self.sale.back(amount)
        shop.rail = bank

    @property
    def payment(self):
        """The payment that was refused, locked for a moment."""
        number = self.shop.runtime.public.read("payment", self.told["payment"])

        async def look():
            async with self.shop.runtime.database.transaction() as connection:
                return await hold(connection, 0, number)

        return self.shop.run(look())

    def moved(self):
        held = self.payment
        entry = Entry("bk-late", held.end_to_end_id, held.movement_minor, self.shop.today())
        books = MoreBooks(self.shop.rail, entry)
        work = match_statements(self.shop.runtime, books, [self.sale.lender], self.shop.today())
        [one] = self.shop.run(work)
        return one.breaks

    def propose(self):
        path = f"/v1/operations/payments/{self.told['payment']}/verdict"
        body = {"has_moved": True, "reason": REASON}
        return self.shop.ask("POST", path, self.operators[0], body)["approval"]

    def settle(self):
        """Let two persons say that it moved, and its news be carried."""
        path = f"/v1/operations/payment-verdicts/{self.propose()}/approval"
        ended = self.shop.ask("POST", path, self.operators[1])
        self.shop.carry()
        return ended["state"]

    def give_back(self):
        held = self.payment

        async def said():
            async with self.shop.runtime.database.transaction() as connection:
                back = Returned(held.end_to_end_id, held.amount_minor, "AC06")
                locked = await hold(connection, 0, held.id)
                return await hear_return(connection, self.shop.runtime, locked, back)

        assert self.shop.run(said())
        self.shop.carry()

    def breaks(self):
        async def look():
            async with self.shop.runtime.database.reading() as connection:
                return await list_breaks(connection, Wanted())

        return [(one.found.kind.value, one.found.amount_minor) for one in self.shop.run(look())]

    def stands(self):
        shop, sale = self.shop, self.sale
        [row] = shop.fetch("select state, returned_minor, asked_back_minor from checkout.purchase")
        return (
            tuple(row),
            sale.loan["outstanding_minor"],
            sale.cash,
            shop.balance(K.LENDER_FUNDS, sale.lender),
            shop.balance(K.SUSPENSE),
            shop.fetch("select used_minor from origination.exposure")[0][0],
        )


def file_of(refused, day):
    path = f"/v1/merchant-settlements/{day}/file"
    text = refused.shop.api.get(path, refused.sale.seller).text
    return [(row[0], row[2]) for row in list(csv.reader(io.StringIO(text)))[2:]]


def test_a_refund_that_moved_after_its_refusal_unwinds_the_loan_once_two_persons_say_so(shop):
    refused = Refusal(shop, PRICE)
    state, owed, cash, funds, suspense, used = before = refused.stands()
    assert (state, owed, used) == (("paid", 0, 0), PRICE, PRICE)
    assert refused.moved() == 1
    assert refused.breaks() == [("settled_after_no", PRICE)]
    refused.propose()
    assert refused.stands() == before

    assert refused.settle() == "settled"

    assert refused.stands() == (
        ("returned", PRICE, PRICE), 0, cash - PRICE, funds + PRICE, suspense, 0
    )  # fmt: skip
    done = refused.sale.loan
    assert {row["interest_minor"] for row in done["schedule"]} == {0}
    assert (done["state"], refused.breaks(), shop.books()) == ("settled", [], (0, 0))
    bookings = shop.fetch(
        "select state, amount_minor from payments.booking where instruction = $1 order by state",
        refused.payment.id,
    )
    assert [tuple(row) for row in bookings] == [("rejected", 0), ("settled", PRICE)]
    [shown] = shop.ask("GET", "/v1/operations/breaks?closed=true", refused.operators[0])["items"]
    told = [(one["what"], one["amount_minor"], one["reason"]) for one in shown["history"]]
    assert told == [("opened", PRICE, None), ("closed", PRICE, REASON)]
    assert [(one["by"] or "")[:3] for one in shown["history"]] == ["", "sf_"]


def test_goods_asked_back_anew_and_paid_twice_are_owed_to_the_merchant_until_the_bank_returns_it(
    shop,
):
    refused = Refusal(shop, 250_000)
    refused.sale.back(PRICE)
    before = refused.stands()
    assert before[0] == ("returned", PRICE, PRICE)
    refused.moved()

    refused.settle()

    state, owed, cash, funds, suspense, used = before
    assert refused.stands() == (state, owed, cash - 250_000, funds, suspense + 250_000, used)
    assert refused.breaks() == [("owed_to_merchant", 250_000)]
    assert refused.shop.books() == (0, 0)
    refused.give_back()
    assert refused.stands() == before
    assert refused.breaks() == []
    assert refused.shop.books() == (0, 0)
    day = refused.shop.today()
    refused.shop.close_day()
    assert [line for line in file_of(refused, day) if line[0] in ("refund", "total")] == [
        ("refund", "-2500.00"), ("refund", "-6000.00"), ("refund", "2500.00"), ("total", "-36.00"),
    ]  # fmt: skip


class Owed(Refusal):
    """A merchant that paid twice for the same goods; two operators may pay it back."""

    def __init__(self, shop):
        super().__init__(shop, 250_000)
        self.sale.back(PRICE)
        self.moved()
        self.settle()
        [row] = shop.ask("GET", "/v1/operations/breaks", self.operators[0])["items"]
        assert (row["kind"], row["amount_minor"]) == ("owed_to_merchant", 250_000)
        self.path = f"/v1/operations/breaks/{row['id']}"

    def propose_payback(self):
        return self.shop.ask("POST", f"{self.path}/payback", self.operators[0])

    def allow(self, proposed):
        path = f"/v1/operations/merchant-paybacks/{proposed['approval']}/approval"
        return self.shop.ask("POST", path, self.operators[1])

    def refusal(self, path, body=None, by=0):
        """Return the code by which a request of an operator is refused."""
        answer = self.shop.api.post(path, body, token=self.operators[by])
        assert answer.is_client_error, answer.text
        return answer.json()["code"]

    def paybacks(self):
        rows = self.shop.fetch("select amount_minor, state, account from payments.instruction"
                               " where kind = 'merchant_payback' order by id")  # fmt: skip
        return [tuple(row) for row in rows]


def test_what_a_merchant_paid_twice_is_paid_back_by_two_persons_and_stands_in_its_file(shop):
    owed = Owed(shop)
    state, left, cash, funds, suspense, used = before = owed.stands()
    proposed, other = owed.propose_payback(), owed.propose_payback()
    allowing = "/v1/operations/merchant-paybacks/{}/approval"
    account = shop.fetch("select account from payments.instruction where account <> ''")[0][0]
    assert (proposed["amount_minor"], proposed["account"]) == (250_000, account)
    assert owed.refusal(allowing.format(proposed["approval"]), by=0) == "own_work"
    assert (owed.stands(), owed.paybacks()) == (before, [])

    made = owed.allow(proposed)

    assert owed.paybacks() == [(250_000, made["state"], account)]
    assert owed.refusal(allowing.format(other["approval"]), by=1) == "payback_under_way"
    assert owed.refusal(f"{owed.path}/payback") == "payback_under_way"
    closing = {"reason": "nothing is owed"}
    assert owed.refusal(f"{owed.path}/closing", closing) == "payback_under_way"
    assert (owed.stands(), len(owed.paybacks())) == (before, 1)
    shop.carry()
    after = (state, left, cash + 250_000, funds, suspense - 250_000, used)
    assert (owed.stands(), owed.breaks(), shop.books()) == (after, [], (0, 0))
    assert owed.paybacks() == [(250_000, "settled", account)]
    assert owed.refusal(f"{owed.path}/payback") == "wrong_step"
    day = shop.today()
    shop.close_day()
    assert [line for line in file_of(owed, day) if line[0] in ("refund", "total")] == [
        ("refund", "-2500.00"), ("refund", "-6000.00"), ("refund", "2500.00"), ("total", "-36.00"),
    ]  # fmt: skip


def test_a_payback_that_its_bank_refuses_or_gives_back_leaves_the_merchant_owed_once(shop):
    owed, bank = Owed(shop), shop.rail
    before = owed.stands()
    shop.rail = NoRail()
    owed.allow(owed.propose_payback())
    shop.carry()
    assert (owed.stands(), owed.breaks()) == (before, [("owed_to_merchant", 250_000)])

    shop.rail = bank
    owed.told = owed.allow(owed.propose_payback())
    shop.carry()
    assert owed.breaks() == []
    owed.give_back()

    assert [state for _, state, _ in owed.paybacks()] == ["rejected", "returned"]
    assert (owed.stands(), owed.breaks()) == (before, [("owed_to_merchant", 250_000)])
    owed.allow(owed.propose_payback())
    shop.carry()
    assert (owed.stands()[4], owed.breaks(), shop.books()) == (before[4] - 250_000, [], (0, 0))


class RefusedPayout(Refusal):
    """A sale whose payout the bank refused."""

    def __init__(self, shop):
        self.shop, self.sale = shop, Sale(shop)
        self.operators = [shop.staff(Role.OPERATOR, name=name) for name in ("one", "two")]
        bank, shop.rail = shop.rail, NoRail()
        self.sale.pay()
        shop.rail = bank
        [row] = shop.fetch("select id from payments.instruction where kind = 'payout'")
        self.told = {"payment": shop.runtime.public.show("payment", row["id"])}


def test_a_refused_payout_to_a_merchant_that_left_all_the_same_is_its_purchase_and_the_loan(shop):
    refused = RefusedPayout(shop)
    sale, lender = refused.sale, refused.sale.lender
    funds = shop.balance(K.LENDER_FUNDS, lender)
    assert (sale.seen()["state"], sale.cash) == ("failed", 0)
    refused.moved()

    assert refused.settle() == "settled"

    assert (sale.seen()["state"], sale.cash) == ("paid", PRICE - FEE)
    assert (sale.loan["state"], sale.loan["outstanding_minor"]) == ("live", PRICE)
    assert shop.balance(K.LENDER_FUNDS, lender) == funds - PRICE + FEE
    assert shop.balance(K.CLEARING_PAYOUT) == 0
    assert (refused.breaks(), shop.books()) == ([], (0, 0))
    assert sale.back(PRICE)["is_whole"]
    assert (sale.loan["state"], sale.seen()["state"]) == ("settled", "returned")
    assert shop.books() == (0, 0)
