"""The books through their routes: what is shown is what was posted, and a period closes once."""

from datetime import date, timedelta

import pytest
from tests.integration.channels.conftest import new_key

from tongtu.identity.api import Role
from tongtu.kernel.ids import TransferId
from tongtu.ledger.api import Account, AccountKind, Code, Transfer, open_accounts, pending, post

DAY = date(2026, 11, 24)
FIRST = date(2026, 11, 2)


@pytest.fixture
def posted(api, staff, runtime, run):
    """A lender of the book with 70.00, of which 20.00 are held."""
    world = Account(0, AccountKind.CAPITAL)
    funds = Account(0, AccountKind.LENDER_FUNDS, 31)
    before = api.get("/v1/ledger/trial-balance", token=staff(Role.OPERATOR)).json()

    async def scenario():
        at = runtime.clock.now()
        moved = Transfer(TransferId(900), world.id, funds.id, 7_000, Code.CAPITAL_IN)
        waiting = Transfer(TransferId(901), funds.id, world.id, 2_000, Code.CAPITAL_OUT)
        async with runtime.database.transaction() as connection:
            await open_accounts(connection, [world, funds])
            assert await post(connection, 0, [moved], FIRST, at) == [0]
            hold = pending(waiting, at + timedelta(hours=1))
            assert await post(connection, 0, [hold], DAY, at) == [0]

    run(scenario())
    return before


def test_a_trial_balance_shows_each_kind_and_sums_to_zero(api, staff, posted):
    told = api.get("/v1/ledger/trial-balance", token=staff(Role.REGULATOR)).json()

    def of(balance, kind):
        return [
            (one["debit_minor"], one["credit_minor"])
            for one in balance["lines"]
            if one["kind"] == kind
        ]

    [(_, before)] = of(posted, "lender_funds")
    assert told["as_of"] == "2026-11-24"
    assert told["sums_minor"] == {"CNY": 0}
    assert of(told, "lender_funds") == [(0, before + 7_000)]
    [(_, guarantors)] = of(posted, "guarantor_funds")
    assert guarantors > 0
    assert of(told, "guarantor_funds") == [(0, guarantors)]
    assert of(told, "capital") == [(before + 7_000 + guarantors, 0)]
    earlier = api.get("/v1/ledger/trial-balance?as_of=2026-11-02", token=staff(Role.ANALYST))
    assert of(earlier.json(), "lender_funds") == [(0, 7_000)]


def test_an_account_shows_what_is_available_and_its_statement_adds_up(api, staff, posted):
    own = staff(Role.LENDER, 31)
    [account] = api.get("/v1/ledger/accounts?kind=lender_funds", token=own).json()["items"]
    path = f"/v1/ledger/accounts/{account['account']}/statement"
    told = api.get(f"{path}?opened_on=2026-11-01&closed_on=2026-11-24", token=own).json()

    assert (account["balance_minor"], account["held_debit_minor"]) == (7_000, 2_000)
    assert account["available_minor"] == 5_000
    assert (told["opening_minor"], told["closing_minor"]) == (0, 7_000)
    [line] = told["lines"]
    assert (line["amount_minor"], line["code"], line["act"]) == (7_000, "capital_in", None)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?opened_on=2026-11-01",
        "?opened_on=2026-11-02&closed_on=2026-11-01",
        "?opened_on=2026-01-01&closed_on=2026-11-01",
        "?opened_on=yesterday&closed_on=2026-11-01",
    ],
)
def test_a_statement_without_a_plain_short_period_is_refused(api, staff, posted, question):
    own = staff(Role.LENDER, 31)
    [account] = api.get("/v1/ledger/accounts?kind=lender_funds", token=own).json()["items"]

    answer = api.get(f"/v1/ledger/accounts/{account['account']}/statement{question}", token=own)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")


def test_a_lender_asks_in_vain_for_a_kind_that_is_not_its_own(api, staff, posted):
    own = staff(Role.LENDER, 31)

    assert api.get("/v1/ledger/accounts?kind=capital", token=own).json() == {"items": []}
    unknown = api.get("/v1/ledger/accounts?kind=gold", token=own)
    assert (unknown.status_code, unknown.json()["fields"]) == (422, {"kind": "unknown"})


def test_an_operator_closes_a_period_once_and_not_an_open_day(api, staff, posted):
    own, key = staff(Role.OPERATOR), new_key()
    asked = {"through": "2026-11-23"}

    told = [api.post("/v1/ledger/periods", asked, token=own, key=key) for _ in range(2)]
    other = api.post("/v1/ledger/periods", asked, token=own)
    refused = api.post("/v1/ledger/periods", {"through": "2026-11-24"}, token=own)
    periods = api.get("/v1/ledger/periods", token=own).json()["items"]

    assert [one.json() for one in told] == [{"through": "2026-11-23", "is_new": True}] * 2
    assert other.json() == {"through": "2026-11-23", "is_new": False}
    assert (refused.status_code, refused.json()["code"]) == (422, "day_not_over")
    [period] = periods
    assert (period["opened_on"], period["closed_on"]) == ("2026-11-02", "2026-11-23")
