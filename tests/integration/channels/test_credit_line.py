"""A credit line from its application to its last day, over the routes and a bank of its own."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from tongtu.identity.api import Caller, CommandKey, Role
from tongtu.journey.api import Drawing, Lines, begin_draw
from tongtu.kernel.errors import Overloaded, Refused

from .shop import FACTS, SOURCE, Shop

LIMIT = 2_000_000
# Twenty callers share eight connections of a busy machine.
TRIES_MAX = 50


@pytest.fixture
def shop(api, parts, run, press, monkeypatch):
    monkeypatch.setenv("BANK_SIMULATOR_OPTIONS", "--seed 7")
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    made = Shop(api, parts, run, press)
    run(made.open())
    yield made
    run(made.close())


class Line:
    """A borrower's line, and what is done with it."""

    def __init__(self, shop, phone="14412345678"):
        self.shop, self.owner = shop, shop.buyer(phone)
        self.staff = [shop.staff(Role.OPERATOR, 0, name) for name in ("maker", "checker")]
        body = {
            "product": "credit_line", "amount_minor": LIMIT, "tenor_months": 12,
            "purpose": "daily_consumption", "device": "device-1", "facts": FACTS,
        }  # fmt: skip
        self.decided = shop.ask("POST", "/v1/applications", self.owner, body)
        assert self.decided["outcome"] == "offers", self.decided
        self.table = shop.sign(self.owner, self.decided["application"], 1)
        shop.carry()
        [self.shown] = shop.ask("GET", "/v1/facilities", self.owner)["items"]
        self.path = f"/v1/facilities/{self.shown['facility']}"

    @property
    def seen(self):
        return self.shop.ask("GET", self.path, self.owner)

    @property
    def standing(self):
        return self.seen["standing"]

    @property
    def exposure(self):
        return self.shop.fetch("select used_minor from origination.exposure")[0][0]

    def preview(self, amount, months=6):
        query = f"amount_minor={amount}&tenor_months={months}"
        return self.shop.ask("GET", f"{self.path}/draw-preview?{query}", self.owner)

    def draw(self, amount, months=6):
        body = {"amount_minor": amount, "tenor_months": months}
        return self.shop.ask("POST", f"{self.path}/draws", self.owner, body)

    def sign(self, offer):
        ask, owner = self.shop.ask, self.owner
        table = ask("GET", f"/v1/offers/{offer}/cost-table", owner)
        self.shop.runtime.clock.advance(timedelta(seconds=10))
        ask("POST", f"/v1/offers/{offer}/cost-table/confirmation", owner)
        self.shop.acknowledge(owner, offer, table)
        return self.sign_paper(offer)

    def sign_paper(self, offer):
        paper = self.shop.ask("POST", f"/v1/offers/{offer}/agreement", self.owner)
        path = f"/v1/agreements/{paper['agreement']}/signature"
        return self.shop.api.post(path, {"sha256": paper["sha256"]}, token=self.owner)

    def arrive(self, amount, months=6):
        """Draw, sign and let the money arrive; return the loan."""
        begun = self.draw(amount, months)
        assert self.sign(begun["offer"]).is_success
        self.shop.carry()
        loan = self.seen["draws"][0]["loan"]
        return self.shop.ask("GET", f"/v1/loans/{loan}", self.owner)

    def propose(self, kind, **what):
        facility = self.shown["facility"]
        path = f"/v1/operations/facilities/{facility}/changes"
        return self.shop.ask("POST", path, self.staff[0], {"kind": kind, **what})

    def change(self, kind, **what):
        proposed = self.propose(kind, **what)
        path = f"/v1/operations/facility-changes/{proposed['approval']}/approval"
        made = self.shop.ask("POST", path, self.staff[1])
        assert made == proposed["after"]
        return made

    def kinds(self):
        return [one["kind"] for one in self.seen["events"]]


@pytest.fixture
def line(shop):
    return Line(shop)


def test_a_signed_line_is_open_costs_nothing_and_pays_nothing_out(line):
    shop = line.shop
    stands = line.standing

    assert (stands["limit_minor"], stands["available_minor"]) == (LIMIT, LIMIT)
    assert (stands["used_minor"], stands["not_drawable"]) == (0, None)
    assert line.table["rows"][0]["note_zh"] == "额度；以首日全额支用为例"
    assert shop.fetch("select count(*) from payments.instruction")[0][0] == 0
    assert shop.fetch("select count(*) from servicing.loan")[0][0] == 0
    assert line.exposure == LIMIT
    path = f"/v1/applications/{line.decided['application']}"
    assert shop.ask("GET", path, line.owner)["step"] == "line_open"
    shop.close_day()


def test_a_draw_is_the_very_loan_that_was_previewed_and_what_is_repaid_comes_free(line):
    shop = line.shop
    shown = line.preview(600_000)
    loan = line.arrive(600_000)

    plan = [
        {name: row[name] for name in ("nr", "due_date", "principal_minor", "interest_minor")}
        for row in loan["schedule"]
    ]
    assert plan == [
        {name: row[name] for name in ("nr", "due_date", "principal_minor", "interest_minor")}
        for row in shown["schedule"]
    ]
    assert (shown["refusal"], loan["rate_bps"]) == (None, shown["rate_bps"])
    assert (line.standing["used_minor"], line.standing["reserved_minor"]) == (600_000, 0)
    path = f"/v1/loans/{loan['loan']}/repayments"
    shop.ask("POST", path, line.owner, {"amount_minor": loan["payoff_minor"]})
    shop.carry()
    assert line.standing["available_minor"] == LIMIT
    assert line.exposure == LIMIT
    assert line.kinds() == ["granted", "reserved", "drawn", "repaid"]
    assert shop.books() == (0, 0)
    shop.close_day()
    leaves = shop.fetch("select kinds from evidence.batch")
    assert sum(row["kinds"].count("facility_event") for row in leaves) == 4


def test_twenty_draws_at_once_never_pass_the_limit(line):
    shop, parts = line.shop, line.shop.parts
    lines = Lines(parts.runtime, parts.all_laws, parts.book, parts.catalogue)
    facility = parts.runtime.public.read("facility", line.shown["facility"])
    party = shop.fetch("select party from servicing.facility")[0][0]
    caller = Caller(Role.BORROWER, party, 0, 0)

    async def one(number):
        wish, key = Drawing(facility, 300_000, 6), CommandKey(f"draw-{number:08}", bytes(32))
        for _ in range(TRIES_MAX):
            try:
                return await begin_draw(lines, caller, wish, key)
            except Refused as refusal:
                return refusal.code
            except Overloaded:
                continue  # more callers than connections: the same wish is sent again
        raise AssertionError("the platform is never free")

    async def all_at_once():
        return await asyncio.gather(*(one(number) for number in range(20)))

    answers = shop.run(all_at_once())

    assert answers.count("facility_short") == 14
    assert (line.standing["reserved_minor"], line.standing["available_minor"]) == (
        1_800_000, 200_000,
    )  # fmt: skip
    # The same key again is the same draw.
    assert shop.run(all_at_once()) == answers
    assert shop.fetch("select count(*) from servicing.draw")[0][0] == 6


def test_a_draw_nobody_signs_lapses_with_its_day(line):
    begun = line.draw(500_000)
    assert line.standing["reserved_minor"] == 500_000

    line.shop.close_day()

    assert line.standing["available_minor"] == LIMIT
    assert line.seen["draws"][0]["state"] == "released"
    late = line.shop.api.post(f"/v1/offers/{begun['offer']}/agreement", token=line.owner)
    assert late.status_code in {404, 409}
    assert line.shop.fetch("select count(*) from payments.warrant")[0][0] == 0


def test_staff_change_a_line_by_two_and_a_price_reaches_future_draws_only(line):
    shop = line.shop
    first = line.arrive(500_000)
    proposed = line.propose("raised", limit_minor=3_000_000)
    path = f"/v1/operations/facility-changes/{proposed['approval']}/approval"

    own = shop.api.post(path, token=line.staff[0])

    assert (own.status_code, own.json()["code"]) == (403, "own_work")
    assert (line.standing["limit_minor"], line.exposure) == (LIMIT, LIMIT)
    assert shop.ask("POST", path, line.staff[1]) == proposed["after"]
    assert (line.standing["limit_minor"], line.exposure) == (3_000_000, 3_000_000)
    again = shop.api.post(path, token=line.staff[1])
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")

    line.change("repriced", rate_bps=300)
    assert line.preview(500_000)["rate_bps"] == 300
    second = line.arrive(500_000)
    loan = shop.ask("GET", f"/v1/loans/{first['loan']}", line.owner)
    assert (loan["rate_bps"], loan["schedule"]) == (first["rate_bps"], first["schedule"])
    assert second["rate_bps"] == 300
    line.change("lowered", limit_minor=400_000)
    assert (line.standing["available_minor"], line.exposure) == (0, 1_000_000)
    assert shop.books() == (0, 0)


def test_a_frozen_line_pays_nothing_out_even_what_was_drawn_before_it_was_signed(line):
    shop = line.shop
    begun = line.draw(500_000)
    line.change("frozen")

    answer = line.sign(begun["offer"])

    assert (answer.status_code, answer.json()["code"]) == (422, "facility_frozen")
    assert line.preview(100)["refusal"] == "facility_frozen"
    body = {"amount_minor": 100, "tenor_months": 6}
    refused = shop.api.post(f"{line.path}/draws", body, token=line.owner)
    assert (refused.status_code, refused.json()["code"]) == (422, "facility_frozen")
    assert shop.fetch("select count(*) from payments.instruction")[0][0] == 0
    line.change("unfrozen")
    assert line.sign_paper(begun["offer"]).is_success
    shop.carry()
    assert line.standing["used_minor"] == 500_000


def test_a_raise_beyond_what_a_person_may_owe_is_refused_whole(line):
    before = line.standing, line.kinds()
    proposed = line.propose("raised", limit_minor=20_000_001)
    path = f"/v1/operations/facility-changes/{proposed['approval']}/approval"

    answer = line.shop.api.post(path, token=line.staff[1])

    assert (answer.status_code, answer.json()["code"]) == (422, "party_limit_reached")
    assert (line.standing, line.kinds()) == before
    assert line.exposure == LIMIT


def test_a_line_that_is_over_ends_and_only_what_is_owed_counts(line):
    shop = line.shop
    loan = line.arrive(600_000, 12)
    months = (shop.today(), line.standing["valid_to"])
    row = loan["schedule"][0]

    shop.close_day(31)
    path = f"/v1/loans/{loan['loan']}/repayments"
    shop.ask("POST", path, line.owner, {"amount_minor": row["total_minor"]})
    shop.carry()
    assert months[1] > str(months[0])
    shop.close_day(340)

    assert (line.standing["not_drawable"], line.standing["is_closed"]) == (
        "facility_not_valid", False,
    )  # fmt: skip
    owed = shop.ask("GET", f"/v1/loans/{loan['loan']}", line.owner)
    assert line.exposure == owed["outstanding_minor"] > 0
    shop.ask("POST", path, line.owner, {"amount_minor": owed["payoff_minor"]})
    shop.carry()
    assert line.exposure == 0
    shop.close_day()
    assert line.standing["is_closed"] is True
    assert line.kinds()[-1] == "closed"
    path = f"/v1/applications/{line.decided['application']}"
    assert shop.ask("GET", path, line.owner)["step"] == "settled"


def test_nobody_else_sees_or_draws_on_a_line(line):
    other = line.shop.buyer("14412345679")
    body = {"amount_minor": 100, "tenor_months": 6}

    seen = line.shop.api.get(line.path, other)
    drawn = line.shop.api.post(f"{line.path}/draws", body, token=other)

    assert {seen.status_code, drawn.status_code} == {404}
    assert json.loads(seen.content)["code"] == "not_found"
    assert line.shop.fetch("select count(*) from servicing.draw")[0][0] == 0
