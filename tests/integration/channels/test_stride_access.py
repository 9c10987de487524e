"""Threats to signing in and to four eyes, by the numbers of the STRIDE table: 4, 8 and 5 stand in
tests/security (whose it is, hostile requests); here stand 6 (a clerk acts as a manager, a maker allows
their own), 17 (guessing and enumeration) and 18 (replay and enrolment, beside test_passkeys)."""

import asyncio

import pytest

from tongtu.access.flow import staff as staff_flow
from tongtu.identity.api import Caller, Proposal, Role, issue_token, open_staff, propose

from .conftest import new_key

APPROVALS = (
    "/v1/operations/rule-publications/{}/approval", "/v1/operations/model-moves/{}/approval",
    "/v1/operations/loan-changes/{}/approval", "/v1/operations/second-payouts/{}/approval",
    "/v1/operations/router-resumptions/{}/approval", "/v1/operations/lender-keys/{}/approval",
    "/v1/operations/payment-verdicts/{}/approval", "/v1/operations/campaign-proposals/{}/approval",
)  # fmt: skip


@pytest.fixture
def staff(api):
    runtime = api.parts.runtime

    def opened(login, role, *, as_role=None):
        caller = api.run(open_staff(runtime, login, role))
        caller = Caller(as_role or role, caller.subject, 0, 0)
        return caller, api.run(issue_token(runtime, caller)).text

    return opened


@pytest.fixture
def proposed(api):
    def made(caller, operation="resume_router"):
        runtime = api.parts.runtime

        async def write():
            async with runtime.database.transaction() as connection:
                proposal = Proposal(operation, 0, b"it is mended")
                return await propose(connection, runtime, caller, proposal)

        return runtime.public.show("approval", api.run(write()).id)

    return made


@pytest.fixture
def states(api):
    async def read():
        async with api.parts.runtime.database.reading() as connection:
            rows = await connection.fetch(
                "select state, checker from identity.approval order by id"
            )
            return [(row["state"], row["checker"]) for row in rows]

    return lambda: api.run(read())


def test_stride_6_a_maker_allows_their_own_work_by_no_address_and_in_no_other_role(
    api, staff, proposed, states
):
    maker, token = staff("li", Role.OPERATOR)
    _, other_role = staff("li", Role.OPERATOR, as_role=Role.ANALYST)
    approval = proposed(maker)

    answers = {
        (path, given): api.post(path.format(approval), token=given).status_code
        for path in APPROVALS
        for given in (token, other_role)
    }
    refusal = api.post(
        f"/v1/operations/proposals/{approval}/refusal", {"reason": "my own"}, token=token
    )

    # 403 one's own or no such role; 503 where no model is trained yet; never a success.
    assert set(answers.values()) <= {403, 404, 503}
    assert (refusal.status_code, refusal.json()["code"]) == (403, "own_work")
    assert states() == [("proposed", None)]


def test_stride_6_a_clerk_proposes_and_never_decides(api, staff, proposed, states):
    maker, _ = staff("li", Role.OPERATOR)
    _, clerk = staff("wang", Role.CLERK)
    approval = proposed(maker)

    answers = [api.post(path.format(approval), token=clerk).status_code for path in APPROVALS]
    refusal = api.post(
        f"/v1/operations/proposals/{approval}/refusal", {"reason": "not so"}, token=clerk
    )

    assert {*answers, refusal.status_code} == {403}
    assert states() == [("proposed", None)]


def test_stride_6_of_two_who_decide_at_once_one_decides(api, staff, proposed, states):
    maker, _ = staff("li", Role.OPERATOR)
    (first, one), (second, other) = staff("wang", Role.OPERATOR), staff("chen", Role.ANALYST)
    approval = proposed(maker)
    path, api.app.state.parts = f"/v1/operations/proposals/{approval}/refusal", api.parts

    async def both():
        return await asyncio.gather(*(
            api.client.post(
                path,
                json={"reason": "not so"},
                headers={"authorization": f"Bearer {token}", "idempotency-key": new_key()},
            )
            for token in (one, other)
        ))  # fmt: skip

    assert sorted(answer.status_code for answer in api.run(both())) == [200, 409]
    [(state, checker)] = states()
    assert (state, checker in (first.subject, second.subject)) == ("rejected", True)


def test_stride_17_asking_for_a_code_says_and_costs_the_same_for_a_phone_that_nobody_has(api, run):
    api.sign_in("14412345678")
    asked, statements = {}, {}

    for phone in ("14412345678", "14487654321"):
        before = run(_statements(api))
        asked[phone] = api.post("/v1/sign-in/codes", {"phone": phone})
        statements[phone] = run(_statements(api)) - before

    known, unknown = asked.values()
    assert (known.status_code, known.json().keys()) == (unknown.status_code, unknown.json().keys())
    assert len(known.json()["challenge"]) == len(unknown.json()["challenge"])
    assert len(set(statements.values())) == 1


async def _statements(api):
    """Count the rows that asking writes: attempts, codes, messages."""
    async with api.parts.runtime.database.reading() as connection:
        return await connection.fetchval(
            "select (select sum(used) from identity.attempt) + (select count(*) from identity.code)"
        )


def test_stride_17_a_login_that_nobody_has_costs_one_comparison_of_a_password_too(api, monkeypatch):
    compared = []

    def count(hashed, password):
        compared.append(hashed[:9])
        return False

    monkeypatch.setattr(staff_flow, "_is_password", count)
    body = {"login": "nobody", "password": "guess", "code": "123456"}

    answer = api.send("POST", "/v1/sign-in/password", body=body)

    assert (answer.status_code, answer.json()["code"]) == (401, "login_refused")
    assert compared == ["$argon2id"]


def test_stride_17_a_code_of_one_attempt_is_worth_nothing_in_another_and_the_sixth_try_is_dead(api):
    phone = "14412345678"
    first = api.post("/v1/sign-in/codes", {"phone": phone}).json()["challenge"]
    code_of_first = api.get(f"/v1/demo/inbox?phone={phone}").json()["messages"][0]["code"]
    second = api.post("/v1/sign-in/codes", {"phone": phone}).json()["challenge"]
    code_of_second = api.get(f"/v1/demo/inbox?phone={phone}").json()["messages"][0]["code"]
    assert code_of_first != code_of_second

    tries = [
        api.send("POST", "/v1/sign-in", body={"challenge": second, "code": code_of_first})
        for _ in range(5)
    ]
    sixth = api.send("POST", "/v1/sign-in", body={"challenge": second, "code": code_of_second})
    own = api.send("POST", "/v1/sign-in", body={"challenge": first, "code": code_of_first})

    assert [one.status_code for one in (*tries, sixth, own)] == [401] * 6 + [200]


def test_the_digital_finance_department_sees_its_inbox_and_its_figures(api, staff, proposed):
    maker, token = staff("li", Role.OPERATOR)
    _, other = staff("chen", Role.ANALYST)
    refused = proposed(maker, "risk.model_move")
    waiting = proposed(maker, "risk.rules_publish")
    proposed(maker, "loan_change")
    path = "/v1/departments/digital_finance"
    reason = {"reason": "not so"}
    api.post(f"/v1/operations/proposals/{refused}/refusal", reason, token=other)

    mine, theirs = api.get(path, token).json(), api.get(path, other).json()
    nobodys = api.get("/v1/departments/branch_1", token)

    assert [(one["approval"], one["operation"], one["is_own"]) for one in mine["inbox"]] == [
        (waiting, "risk.rules_publish", True)
    ]
    assert [one["is_own"] for one in theirs["inbox"]] == [False]
    figures = mine["figures"]
    assert [figures[name] for name in ("waiting", "allowed", "refused", "expired")] == [1, 0, 1, 0]
    assert "model" in mine["owns"]
    assert mine["teams"] == ["models", "strategies", "processes"]
    assert nobodys.status_code == 404
