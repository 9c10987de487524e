"""The sandbox answers by its table, touches no data, and bounds who asks."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tongtu.identity.api import Role
from tongtu.partner.api import CASES

DOCUMENT = Path(__file__).parents[3] / "docs" / "how-to" / "sandbox.md"
APPLICATION = {
    "product": "consumer_cash", "amount_minor": 0, "tenor_months": 12, "purpose": "goods",
    "device": "d-1",
    "facts": {
        "income_minor": 1_500_000, "expenses_minor": 300_000, "assets_minor": 5_000_000,
        "debt_minor": 0, "price_minor": 4_000_000, "seniority_years": 8, "home": "owner",
        "job": "fixed", "records": False,
    },
}  # fmt: skip
PATH = "/v1/sandbox/applications"


@pytest.fixture
def key(api, staff):
    made = api.post("/v1/sandbox/keys", {}, token=staff(Role.LENDER, 8))
    assert made.status_code == 201, made.text
    return made.json()["key"]


@pytest.fixture
def count(runtime, run):
    async def rows(table):
        async with runtime.database.reading() as connection:
            return await connection.fetchval(f"select count(*) from {table}")

    return lambda table: run(rows(table))


@pytest.fixture
def apply(api, key):
    def send(amount_minor, **given):
        return api.post(PATH, APPLICATION | {"amount_minor": amount_minor}, token=key, **given)

    return send


def test_the_documented_table_is_the_table():
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", DOCUMENT.read_text(), re.MULTILINE)
    assert {int(amount): case for amount, case in rows} == {
        amount: case.value for amount, case in CASES.items()
    }


@pytest.mark.parametrize(
    ("amount", "outcome", "offers", "reasons"),
    [
        (1_000_000, "offers", [1_000_000, 1_000_000], []),
        (1_000_100, "declined", [], ["income_low"]),
        (1_000_200, "review", [], ["bureau_missing"]),
        (1_000_300, "offers", [500_150], []),
    ],
)
def test_an_amount_gives_its_case(apply, amount, outcome, offers, reasons):
    answer = apply(amount)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["outcome"], found["is_sandbox"]) == (outcome, True)
    assert [one["amount_minor"] for one in found["offers"]] == offers
    assert [one["code"] for one in found["reasons"]] == reasons
    costs = [one["cost_minor"] for one in found["offers"]]
    assert costs == sorted(costs)


def test_a_pending_offer_appears_and_a_silent_lender_never_does(api, key, apply, runtime):
    soon, never = apply(1_000_400).json(), apply(1_000_500).json()
    assert [len(one["offers"]) for one in (soon, never)] == [1, 1]
    assert [len(one["pending"]) for one in (soon, never)] == [1, 1]

    runtime.clock.advance(timedelta(seconds=5))
    later = api.get(f"{PATH}/{soon['application']}", key).json()
    assert (len(later["offers"]), later["pending"]) == (2, [])
    runtime.clock.advance(timedelta(seconds=56))
    later = api.get(f"{PATH}/{never['application']}", key).json()
    assert (len(later["offers"]), later["pending"]) == (1, [])


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        (1_000_600, 503, "overloaded"),
        (1_000_700, 504, "deadline_passed"),
        (1_000_001, 422, "no_such_case"),
    ],
)
def test_faults_are_cases_too(apply, amount, status, code):
    answer = apply(amount)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_same_key_gives_the_same_application(apply, runtime):
    first = apply(1_000_000, key="sandbox-key-1").json()
    runtime.clock.advance(timedelta(seconds=2))
    assert apply(1_000_000, key="sandbox-key-1").json() == first
    assert apply(1_000_000, key="sandbox-key-2").json()["application"] != first["application"]


def test_a_key_with_another_body_is_refused_as_the_real_api_refuses_it(apply):
    first = apply(1_000_000, key="sandbox-key-1").json()
    for amount in (1_000_100, 1_000_700):
        answer = apply(amount, key="sandbox-key-1")
        assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")
    assert apply(1_000_000, key="sandbox-key-1").json() == first


def test_a_sandbox_key_opens_the_sandbox_and_nothing_else(api, key, staff, apply, count):
    made = apply(1_000_000).json()

    assert api.get("/v1/webhooks", key).status_code == 401
    real = api.post("/v1/applications", APPLICATION | {"amount_minor": 1_000_000}, token=key)
    assert real.status_code == 401
    assert api.get(PATH + "/" + made["application"], staff(Role.LENDER, 8)).status_code == 401
    for name in ("ap_0000000000000", made["application"][:-1] + "0x", "sandbox_1_1_1_0"):
        assert api.get(f"{PATH}/{name}", key).status_code == 404
    for wrong in (
        key[:-1] + ("0" if key[-1] != "0" else "1"),
        "tsk_lender_1_9999999999_" + "0" * 32,
    ):
        assert api.get(f"{PATH}/{made['application']}", wrong).status_code == 401
    assert count("origination.application") == 0


def test_a_key_ends_and_a_crowd_is_bounded(api, key, apply, runtime):
    answers = [apply(1_000_100).status_code for _ in range(51)]
    assert answers == [201] * 50 + [429]
    runtime.clock.advance(timedelta(seconds=1))
    assert apply(1_000_100).status_code == 201
    runtime.clock.advance(timedelta(days=30))
    assert apply(1_000_100).status_code == 401


def test_a_partner_ends_its_keys_before_their_days_and_may_make_a_new_one_at_once(
    api, staff, key, apply
):
    other = api.post("/v1/sandbox/keys", {}, token=staff(Role.LENDER, 9)).json()["key"]
    assert apply(1_000_000).status_code == 201

    ended = api.post("/v1/sandbox/keys/revocation", {}, token=staff(Role.LENDER, 8))

    assert ended.status_code == 200, ended.text
    refused = apply(1_000_000)
    assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")
    asked = APPLICATION | {"amount_minor": 1_000_000}
    # Nobody else's key ended, and the next one of the same second holds.
    assert api.post(PATH, asked, token=other).status_code == 201
    new = api.post("/v1/sandbox/keys", {}, token=staff(Role.LENDER, 8)).json()["key"]
    assert new != key
    assert api.post(PATH, asked, token=new).status_code == 201


def test_a_key_of_the_sandbox_cannot_end_keys(api, key, apply):
    assert api.post("/v1/sandbox/keys/revocation", {}, token=key).status_code == 401
    assert apply(1_000_000).status_code == 201
