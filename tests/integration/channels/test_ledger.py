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


def test_two_operators_close_a_period_once_and_not_an_open_day(api, staff, posted):
    maker, checker, key = staff(Role.OPERATOR), staff(Role.OPERATOR, 1), new_key()
    asked = {"through": "2026-11-23"}

    proposed = [api.post("/v1/ledger/periods", asked, token=maker, key=key) for _ in range(2)]
    approval = proposed[0].json()["approval"]
    path = f"/v1/operations/ledger-periods/{approval}/approval"
    own = api.post(path, None, token=maker)
    before = api.get("/v1/ledger/periods", token=maker).json()["items"]
    key = new_key()
    told = [api.post(path, None, token=checker, key=key) for _ in range(2)]
    again = api.post(path, None, token=checker)
    refused = api.post("/v1/ledger/periods", {"through": "2026-11-24"}, token=maker)
    periods = api.get("/v1/ledger/periods", token=maker).json()["items"]

    assert [one.json() for one in proposed] == [{"approval": approval, "through": "2026-11-23"}] * 2
    assert (own.status_code, own.json()["code"], before) == (403, "own_work", [])
    assert [one.json() for one in told] == [{"through": "2026-11-23", "is_new": True}] * 2
    assert again.status_code == 409
    assert (refused.status_code, refused.json()["code"]) == (422, "day_not_over")
    [period] = periods
    assert (period["opened_on"], period["closed_on"]) == ("2026-11-02", "2026-11-23")


def test_two_operators_set_and_lift_limits_of_an_account_and_who_did_is_kept(api, staff, posted):
    maker, checker = staff(Role.OPERATOR), staff(Role.OPERATOR, 1)
    accounts = "/v1/ledger/accounts?kind=lender_funds"

    def funds():
        items = api.get(accounts, token=maker).json()["items"]
        return next(one for one in items if one["owner"] == 31)

    path = f"/v1/ledger/accounts/{funds()['account']}/limits"

    def agreed(floor, ceiling, why):
        wish = {"floor_minor": floor, "ceiling_minor": ceiling, "why": why}
        made = api.post(path, wish, token=maker).json()
        word = f"/v1/operations/account-limits/{made['approval']}/approval"
        own = api.post(word, None, token=maker)
        assert (own.status_code, own.json()["code"]) == (403, "own_work")
        return api.post(word, None, token=checker)

    limited = agreed(1_000, 9_000, "a drill of the exposure")
    seen = funds()
    beyond = api.post(
        path, {"floor_minor": 6_000, "ceiling_minor": None, "why": "too much"}, token=maker
    )
    kept = api.get(path, token=maker).json()["items"]
    lifted = agreed(0, None, "the drill is over")

    assert limited.status_code == 201
    assert (seen["floor_minor"], seen["ceiling_minor"]) == (1_000, 9_000)
    # 7,000 less 2,000 that are held: a floor of 6,000 is refused, and nothing is kept of it.
    assert (beyond.status_code, beyond.json()["code"]) == (422, "balance_beyond_limit")
    assert [one["why"] for one in kept] == ["a drill of the exposure"]
    assert (lifted.json()["floor_minor"], funds()["ceiling_minor"]) == (0, None)
    whys = [one["why"] for one in api.get(path, token=maker).json()["items"]]
    assert whys == ["the drill is over", "a drill of the exposure"]
