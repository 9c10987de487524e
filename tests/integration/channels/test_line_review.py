"""A running line looked at again: over the routes, the day end, the ledger and a bank of its own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tongtu.identity.api import Role
from tongtu.journey.api import close_days, review_lines
from tongtu.tables.api import BadFact

from .shop import SOURCE, Shop
from .test_credit_line import LIMIT, Line

RAISED = LIMIT * 120 // 100
SAID = {"income_minor": 1_500_000, "debt_minor": 0}


class Reviewed(Line):
    """A line whose days end with a review."""

    def __init__(self, shop, phone="14412345678"):
        super().__init__(shop, phone)
        self.clerk = shop.staff(Role.CLERK, 0, "clerk")

    def end_days(self, days):
        """End so many days; none is the last one asked for again."""
        shop = self.shop
        last = shop.today() + timedelta(days=days - 1)
        return shop.run(close_days(shop.parts, last, after=lambda: review_lines(shop.parts)))

    @property
    def reviews(self):
        return self.shop.ask("GET", f"{self.path}/reviews", self.owner)["items"]

    def post(self, path, token, body=None):
        return self.shop.api.post(path, body, token=token)

    def review_now(self):
        path = f"/v1/operations/facilities/{self.shown['facility']}/reviews"
        return self.shop.ask("POST", path, self.clerk)

    def consent(self, review, said=SAID):
        return self.post(f"/v1/line-reviews/{review['review']}/consent", self.owner, said)

    def ask_person(self, review):
        return self.post(f"/v1/line-reviews/{review['review']}/person", self.owner)

    def rule(self, review, ruling):
        path = f"/v1/operations/line-reviews/{review['review']}/ruling"
        return self.post(path, self.clerk, {"ruling": ruling})

    def pay(self, loan, amount):
        path = f"/v1/loans/{loan['loan']}/repayments"
        self.shop.ask("POST", path, self.owner, {"amount_minor": amount})
        self.shop.carry()

    def told(self):
        shown = self.shop.api.get("/v1/demo/inbox?phone=14412345678").json()
        return [one["text"] for one in shown["messages"]]

    def say(self, outcome, percent, reason):
        """Let the rules say this of whatever they are asked rightly."""
        self.shop.parts.line_rules = Saying(self.shop.parts.line_rules, outcome, percent, reason)

    def long_ago(self):
        """Let half a year be over since the line was looked at, without its days."""
        self.shop.run(
            _set(self.shop, "update servicing.facility set reviewed_on = valid_from - 190")
        )


def _day(text):
    return date.fromisoformat(text)


class Saying:
    """The shipped table, answering one thing to whatever it is asked rightly and a person can bear."""

    def __init__(self, table, outcome, percent, reason):
        self.hash, self._table = table.hash, table
        self._said = {"outcome": outcome, "limit_percent": percent, "reason": reason}

    def evaluate(self, facts):
        self._table.evaluate(facts)
        is_bearable = facts["service_percent"] <= 70
        kept = {"outcome": "keep", "limit_percent": 100, "reason": "debt_service_too_high"}
        return [self._said if is_bearable else kept]


class Answerless(Saying):
    """Has no answer to who has drawn something."""

    def evaluate(self, facts):
        if facts["use_percent"]:
            raise BadFact("use_percent is not known here")
        return super().evaluate(facts)


async def _set(shop, statement):
    async with shop.runtime.database.transaction() as connection:
        await connection.execute(statement)


@pytest.fixture
def line(api, parts, run, press, monkeypatch):
    monkeypatch.setenv("BANK_SIMULATOR_OPTIONS", "--seed 7")
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    made = Shop(api, parts, run, press)
    run(made.open())
    yield Reviewed(made)
    run(made.close())


def test_who_pays_on_time_is_offered_a_raise_that_only_their_consent_makes(line):
    line.arrive(600_000)
    line.say("raise", 120, "line_paid_on_time")
    line.long_ago()
    loans = line.shop.fetch("select id, terms from servicing.loan order by id")

    line.end_days(1)

    [review] = line.reviews
    assert (review["occasion"], review["outcome"], review["state"]) == (
        "schedule", "raise", "offered",
    )  # fmt: skip
    assert (review["limit_from_minor"], review["limit_to_minor"]) == (LIMIT, RAISED)
    assert line.standing["limit_minor"] == LIMIT
    assert line.exposure == LIMIT
    assert any("24,000" in text or "24000" in text for text in line.told())
    line.end_days(1)
    assert line.standing["limit_minor"] == LIMIT, "no day ends with a raise nobody agreed to"

    made = line.consent(review).json()

    assert (made["state"], line.standing["limit_minor"]) == ("accepted", RAISED)
    assert line.exposure == RAISED
    assert line.kinds()[-1] == "raised"
    again = line.consent(review)
    assert (again.status_code, again.json()["code"]) == (409, "review_ended")
    assert line.shop.fetch("select id, terms from servicing.loan order by id") == loans
    leaves = line.shop.fetch("select kinds from evidence.batch")
    assert sum(row["kinds"].count("line_review") for row in leaves) == 2


def test_a_raise_is_weighed_by_what_the_person_says_now_and_takes_the_lenders_budget(line):
    line.say("raise", 120, "line_paid_on_time")
    line.review_now()
    [review] = line.reviews
    before = line.standing, line.exposure, line.kinds()

    poor = line.consent(review, {"income_minor": 100_000, "debt_minor": 5_000_000})

    assert (poor.status_code, poor.json()["code"]) == (422, "raise_no_longer")
    line.shop.run(_set(line.shop, "update funding.quota set limit_minor = reserved_minor"))
    broke = line.consent(review)
    assert (broke.status_code, broke.json()["code"]) == (409, "quota_exhausted")
    assert (line.standing, line.exposure, line.kinds()) == before
    assert line.reviews[0]["state"] == "offered"


def test_who_is_late_can_draw_no_more_is_told_why_and_is_freed_when_it_is_paid(line):
    loan = line.arrive(600_000)
    row = loan["schedule"][0]

    line.end_days((_day(row["due_date"]) - line.shop.today()).days + 15)
    assert [one["outcome"] for one in line.reviews] == []
    line.end_days(1)

    [review] = line.reviews
    assert (review["occasion"], review["outcome"], review["state"]) == (
        "late", "suspend", "in_force",
    )  # fmt: skip
    assert review["reason"] == "line_late"
    assert line.standing["not_drawable"] == "facility_frozen"
    assert any("逾期" in text and "overdue" in text for text in line.told())
    owed = line.shop.ask("GET", f"/v1/loans/{loan['loan']}", line.owner)
    assert (owed["rate_bps"], owed["schedule"][-1]) == (loan["rate_bps"], loan["schedule"][-1])
    line.end_days(3)
    assert len(line.reviews) == 1, "what stands is not said again each day"

    line.pay(loan, owed["payoff_minor"] - owed["outstanding_minor"] + 2 * row["principal_minor"])
    line.pay(loan, line.shop.ask("GET", f"/v1/loans/{loan['loan']}", line.owner)["payoff_minor"])
    line.end_days(1)

    assert [one["outcome"] for one in line.reviews] == ["resume", "suspend"]
    assert line.standing["not_drawable"] is None


def test_an_adverse_change_waits_for_its_day_and_for_the_person_who_was_asked(line):
    line.arrive(600_000)
    line.say("lower", 70, "line_was_late")
    made = line.review_now()
    assert (made["outcome"], made["state"]) == ("lower", "announced")
    assert made["limit_to_minor"] == 1_400_000
    assert (_day(made["counts_on"]) - _day(made["date"])).days == 15

    line.end_days(14)
    assert line.standing["limit_minor"] == LIMIT
    asked = line.ask_person(made)
    assert asked.json()["state"] == "asked"
    line.end_days(5)
    assert line.standing["limit_minor"] == LIMIT, "a person has not ruled"
    queue = line.shop.ask("GET", "/v1/operations/line-reviews", line.clerk)["items"]
    assert [one["review"] for one in queue] == [made["review"]]

    ruled = line.rule(made, "overturned").json()

    assert (ruled["state"], line.standing["limit_minor"], line.exposure) == (
        "overturned", LIMIT, LIMIT,
    )  # fmt: skip
    again = line.rule(made, "upheld")
    assert (again.status_code, again.json()["code"]) == (409, "review_ended")
    assert line.standing["limit_minor"] == LIMIT


def test_a_person_is_asked_about_an_older_change_while_a_later_review_is_open(line):
    line.say("lower", 70, "line_was_late")
    made = line.review_now()
    line.end_days(15)
    line.say("raise", 120, "line_paid_on_time")
    later = line.review_now()

    assert line.ask_person(made).json()["state"] == "disputed"
    assert line.consent(later).json()["state"] == "accepted"

    # The newest is over, and the older one still waits for a person.
    path = f"/v1/operations/facilities/{line.shown['facility']}/reviews"
    again = line.post(path, line.clerk)
    assert (again.status_code, again.json()["code"]) == (409, "review_open")
    assert [one["state"] for one in line.reviews] == ["accepted", "disputed"]


def test_what_a_person_upholds_counts_and_never_below_what_is_drawn(line):
    line.arrive(1_600_000)
    line.say("lower", 70, "line_was_late")
    made = line.review_now()
    assert made["limit_to_minor"] == 1_600_000, "70 % would be less than is owed"
    line.end_days(15)
    assert line.standing["limit_minor"] == 1_600_000
    assert line.reviews[0]["state"] == "in_force"

    assert line.ask_person(made).json()["state"] == "disputed"
    assert line.standing["limit_minor"] == 1_600_000
    assert line.rule(made, "upheld").json()["state"] == "upheld"
    assert (line.standing["limit_minor"], line.exposure) == (1_600_000, 1_600_000)
    late = line.ask_person(made)
    assert (late.status_code, late.json()["code"]) == (409, "review_ended")


def test_nobody_else_sees_consents_or_asks_and_a_borrower_does_not_rule(line):
    line.say("raise", 120, "line_paid_on_time")
    line.review_now()
    [review] = line.reviews
    other = line.shop.buyer("14412345679")
    before = line.shop.fetch("select * from servicing.line_review")

    seen = line.shop.api.get(f"{line.path}/reviews", other)
    path = f"/v1/line-reviews/{review['review']}"
    answers = [seen, line.post(f"{path}/consent", other, SAID), line.post(f"{path}/person", other)]

    assert [one.status_code for one in answers] == [404, 404, 404]
    assert line.post(
        f"/v1/operations/line-reviews/{review['review']}/ruling", line.owner,
        {"ruling": "overturned"},
    ).status_code == 403  # fmt: skip
    assert line.shop.fetch("select * from servicing.line_review") == before


def test_a_line_that_cannot_be_reviewed_keeps_no_other_line_waiting_and_is_looked_at_again(line):
    line.arrive(600_000)
    other = Reviewed(line.shop, "14412345679")
    line.say("raise", 120, "line_paid_on_time")
    shipped = line.shop.parts.line_rules
    line.shop.parts.line_rules = Answerless(shipped, "raise", 120, "line_paid_on_time")
    line.long_ago()

    line.end_days(1)

    assert (line.reviews, [one["state"] for one in other.reviews]) == ([], ["offered"])
    line.shop.parts.line_rules = shipped
    assert line.end_days(0) == [], "the day is closed"
    assert [one["state"] for one in line.reviews] == ["offered"]
    assert len(other.reviews) == 1


def test_what_was_announced_waits_where_the_lender_left_and_the_days_go_on(line, monkeypatch):
    line.say("lower", 70, "line_was_late")
    line.review_now()
    [(lender,)] = line.shop.fetch("select lender from servicing.facility")

    with monkeypatch.context() as left:
        left.delitem(line.shop.parts.book._by_lender, lender)
        line.end_days(15)
    assert (line.standing["limit_minor"], line.reviews[0]["state"]) == (LIMIT, "announced")
    line.end_days(0)

    assert (line.standing["limit_minor"], line.reviews[0]["state"]) == (1_400_000, "in_force")


def test_a_limit_lowered_below_a_tenth_of_what_is_drawn_is_reviewed_like_any_other(line):
    line.arrive(600_000)
    line.change("lowered", limit_minor=50_000)

    made = line.review_now()

    assert (made["outcome"], made["facts"]["use_percent"]) == ("keep", 1_000)


def test_a_line_that_persons_froze_is_freed_by_no_review(line):
    line.say("suspend", 100, "line_late")
    assert line.review_now()["state"] == "in_force"
    line.change("unfrozen")
    line.change("frozen")
    line.say("resume", 100, "line_paid_on_time")

    line.end_days(1)
    line.long_ago()
    line.end_days(1)

    assert line.standing["not_drawable"] == "facility_frozen"
    assert [one["outcome"] for one in line.reviews] == ["keep", "suspend"]


def test_persons_freeze_a_suspended_line_as_their_own_and_no_ruling_about_the_review_frees_it(line):
    line.say("suspend", 100, "line_late")
    made = line.review_now()
    assert line.ask_person(made).json()["state"] == "disputed"
    line.change("frozen")

    assert line.rule(made, "overturned").json()["state"] == "overturned"

    assert line.standing["not_drawable"] == "facility_frozen"
    line.change("unfrozen")
    assert line.standing["not_drawable"] is None
