"""What a machine does not decide: persons, branches, and the codes that lead there."""

from datetime import timedelta

import pytest

from tongtu.identity.api import Role, VaultKind, authorise, issue_token, note_tie, open_staff
from tongtu.verification.api import (
    Element,
    Found,
    HttpNetwork,
    Way,
    add_element,
    find_open_case,
)

from .conftest import SECRET

_MINUTE = timedelta(minutes=1)
QUEUE = "/v1/reviews/verifications"


@pytest.fixture
def staff(api, runtime, run):
    """Members of staff with their tokens, and what they ask for."""

    class Staff:
        def __init__(self, name, role, branch):
            self.caller = run(open_staff(runtime, name, role, branch))
            self.token = run(issue_token(runtime, self.caller)).text

        def post(self, path, body=None):
            return api.post(path, body, token=self.token)

        def queue(self):
            return api.get(QUEUE, self.token).json()["items"]

        def rule(self, case, said="pass", vouches=(), why="card_compared"):
            body = {"said": said, "vouches": list(vouches), "why": why}
            return self.post(f"{QUEUE}/{case}/ruling", body)

    return lambda name="clerk", role=Role.CLERK, branch=0: Staff(name, role, branch)


@pytest.fixture
def swapped(person, authority, parts, runtime):
    """A person whose SIM is fresh, in a case that waits for that; return (person, case)."""
    url = authority("--sim-swapped", "1")
    parts.verifying.network = HttpNetwork(runtime, url, SECRET)
    who = person()
    case = who.open(funds=True)
    who.check(case)
    who.post(f"/v1/verifications/{case}/phone-checks", {"device_token": "device-7"})
    assert who.end(case).json()["state"] == "review"
    return who, case


def test_a_fresh_sim_waits_for_a_person_whose_word_does_not_make_it_more_than_it_is(
    swapped, staff, rows
):
    _, case = swapped
    clerk = staff()

    (waiting,) = clerk.queue()
    untaken = clerk.rule(case, vouches=["phone"])
    clerk.post(f"{QUEUE}/{case}/clerk")
    vouched = clerk.rule(case, vouches=["phone"])

    assert (waiting["reasons"][0], waiting["risk_level"]) == ("phone_person", 3)
    assert [one["detail"] for one in waiting["elements"]] == [["answer_match"], ["sim_swapped"]]
    assert untaken.json()["code"] == "not_your_case"
    # What was vouched for is judged again: the risk is ordinary now, and checked is enough for it.
    assert (vouched.json()["state"], vouched.json()["level"]) == ("passed", 1)
    assert rows(
        "select way, provider, staff from verification.element where staff is not null"
    ) == [("phone", "desk", clerk.caller.subject)]
    assert rows("select verified from risk.background") == [(1,)]
    assert clerk.queue() == []


@pytest.fixture
def find(runtime, run):
    """Put findings into an open case, as its ways would."""

    async def put(who, case, elements):
        me = await authorise(runtime, who.token)
        async with runtime.database.transaction() as connection:
            number = runtime.public.read("verification", case)
            found = await find_open_case(connection, runtime, me, number)
            for one in elements:
                await add_element(connection, runtime, found, one)

    return lambda *given: run(put(*given))


def test_a_doubt_does_not_go_away_by_waiting_until_a_person_decides(
    swapped, staff, rows, runtime, find
):
    who, case = swapped
    doubts = rows("select reasons from verification.identity_case")
    runtime.clock.advance(timedelta(days=3))
    who.token = who.api.sign_in(who.phone)
    second = who.open(funds=True)  # its time runs out before anything was found
    runtime.clock.advance(timedelta(days=3))
    who.token = who.api.sign_in(who.phone)
    third = who.open(funds=True)
    find(who, third, [Element(Way.AUTHORITY, Found.YES, "authority")])

    ended = who.end(third)
    clerk = staff()
    clerk.post(f"{QUEUE}/{third}/clerk")
    ruled = clerk.rule(third)

    assert len({case, second, third}) == 3
    assert ended.json()["state"] == "review"
    assert doubts[0][0][0] == "phone_person"
    assert ruled.json()["state"] == "passed"
    found = "select state, reasons from verification.identity_case order by opened_at"
    assert [(state, reasons[:1]) for state, reasons in rows(found)] == [
        ("expired", ["phone_person"]), ("expired", ["phone_person"]), ("passed", ["why:card_compared"]),
    ]  # fmt: skip


def test_whoever_was_refused_waits_and_is_looked_at_again_by_a_person(
    swapped, staff, rows, runtime, find
):
    who, case = swapped
    clerk, answers = staff(), []
    for wait in (timedelta(days=1), timedelta(days=1), timedelta(days=30)):
        clerk.post(f"{QUEUE}/{case}/clerk")
        assert clerk.rule(case, said="refuse").json()["state"] == "refused"
        who.token = who.api.sign_in(who.phone)
        early = who.post(
            "/v1/verifications",
            {"channel": "web", "is_student": False, "has_source_of_funds": True},
        )
        answers.append((early.status_code, early.json()["code"], early.headers["retry-after"]))
        assert len(rows("select 1 from verification.identity_case where state = 'open'")) == 0
        runtime.clock.advance(wait + timedelta(seconds=1))
        who.token = who.api.sign_in(who.phone)
        case = who.open(funds=True)
        find(who, case, [Element(Way.AUTHORITY, Found.YES, "authority")])
        assert who.end(case).json()["state"] == "review"  # enough for a machine, were it the first
        clerk = staff(f"clerk-{wait.days}-{len(answers)}")

    assert [code for _, code, _ in answers] == ["refused_lately"] * 3
    assert [status for status, _, _ in answers] == [429] * 3
    assert [int(wait_s) // 86_400 for _, _, wait_s in answers] == [1, 1, 30]
    found = "select distinct reasons[1] from verification.identity_case where state = 'review'"
    assert rows(found) == [("refused_before",)]


def test_a_branch_goes_on_with_a_person_who_tried_too_often(person, authority, staff, rows, find):
    authority()
    who = person()
    case = who.open()
    who.check(case)
    find(who, case, [Element(Way.DOCUMENT, Found.UNKNOWN, "card_reader")] * 39)
    code = who.post(f"/v1/verifications/{case}/resume-codes", {"channel": "branch"}).json()["code"]
    clerk = staff()
    clerk.post("/v1/verification-resumptions", {"code": code})

    own = who.check(case)
    seen = clerk.post(f"/v1/verifications/{case}/branch", {"prints_match": None})

    assert (own.status_code, own.json()["code"]) == (409, "too_many_tries")
    assert seen.status_code == 200
    assert (who.end(case).json()["state"], who.see(case).json()["level"]) == ("passed", 3)
    assert rows("select count(*) from verification.element") == [(41,)]


def test_a_register_that_denies_is_passed_by_nobody(person, authority, staff, rows):
    authority("--mismatch", "1")
    who = person()
    case = who.open()
    who.check(case)
    who.end(case)
    clerk = staff()
    clerk.post(f"{QUEUE}/{case}/clerk")

    passed = clerk.rule(case, vouches=["face", "document"])
    invented = clerk.post(
        f"{QUEUE}/{case}/ruling", {"said": "pass", "vouches": ["authority"], "why": "card_compared"}
    )
    in_words = clerk.rule(case, "refuse", why="her sister 王小红 sent the card")
    refused = clerk.rule(case, "refuse", why="other_person")

    assert (passed.status_code, passed.json()["code"]) == (409, "still_in_doubt")
    assert (invented.status_code, in_words.status_code) == (422, 422)
    assert rows("select count(*) from verification.element where staff is not null") == [(0,)]
    assert refused.json()["state"] == "refused"
    assert who.see(case).json()["state"] == "refused"
    assert "other_person" not in who.see(case).text
    assert rows("select reasons[cardinality(reasons)] from verification.identity_case") == [
        ("why:other_person",)
    ]
    assert rows("select count(*) from verification.standing") == [(0,)]


def test_nobody_decides_about_whom_they_are_tied_to(swapped, staff, run, runtime, rows):
    who, case = swapped
    clerk = staff()

    async def tie():
        async with runtime.database.transaction() as connection:
            await note_tie(connection, runtime, clerk.caller, (VaultKind.PHONE, who.phone))

    run(tie())

    taken = clerk.post(f"{QUEUE}/{case}/clerk")

    assert (taken.status_code, taken.json()["code"]) == (403, "related")
    assert rows("select clerk from verification.identity_case") == [(None,)]


@pytest.mark.parametrize("branch", [0, 1], ids=["head office", "a branch"])
def test_a_code_moves_a_case_to_a_branch_once_and_its_clerk_makes_it_assured(
    person, authority, staff, rows, branch
):
    authority()
    who = person()
    case = who.open()
    who.check(case)
    code = who.post(f"/v1/verifications/{case}/resume-codes", {"channel": "branch"}).json()
    clerk, other = staff(branch=branch), staff("clerk-2", branch=branch)

    stranger = other.post(f"/v1/verifications/{case}/branch", {"prints_match": True})
    came = clerk.post("/v1/verification-resumptions", {"code": code["code"]})
    again = other.post("/v1/verification-resumptions", {"code": code["code"]})
    looks = who.api.get("/v1/me/access-log", who.token).json()["items"]
    seen = clerk.post(f"/v1/verifications/{case}/branch", {"prints_match": None})
    ended = who.end(case)

    assert [(one["role"], one["shows"], one["why"]) for one in looks] == [
        ("clerk", ["identity"], "servicing")
    ]
    assert code["qr_svg"].startswith("<svg") and code["code"].split(".")[1] not in code["qr_svg"]
    assert stranger.json()["code"] == ("not_found" if branch else "not_your_case")
    assert (came.status_code, came.json()["channel"]) == (200, "branch")
    assert again.status_code == 404
    assert seen.status_code == 200
    assert (ended.json()["state"], ended.json()["level"]) == ("passed", 3)
    assert rows("select way, staff from verification.element where way = 'branch'") == [
        ("branch", clerk.caller.subject)
    ]
    # The code stands nowhere, not even among the answers of commands but as what was told.
    (hash_,) = rows("select hash from verification.resumption")
    assert code["code"].split(".")[1] not in hash_[0].hex()
    for (stored,) in rows("select convert_from(answer, 'UTF8') from runtime.command"):
        assert code["code"].split(".")[1] not in stored


@pytest.mark.parametrize("spoil", ["late", "renewed", "changed", "of another", "staff to a phone"])
def test_a_code_that_is_not_good_moves_nothing(person, staff, rows, runtime, spoil):
    who, other = person(), person()
    case = who.open()
    channel = "phone" if spoil in ("of another", "staff to a phone") else "branch"
    path = f"/v1/verifications/{case}/resume-codes"
    code = who.post(path, {"channel": channel}).json()["code"]
    by = staff()
    if spoil == "renewed":
        runtime.clock.advance(_MINUTE)
        who.post(path, {"channel": "branch"})
    if spoil == "changed":
        code = code[:-1] + ("0" if code[-1] != "0" else "1")
    if spoil == "late":
        runtime.clock.advance(_MINUTE * 10)
    if spoil == "of another":
        by = other

    answer = by.post("/v1/verification-resumptions", {"code": code})

    assert answer.status_code == (403 if spoil == "staff to a phone" else 404)
    assert rows("select channel, clerk from verification.identity_case where party in"
                " (select party from verification.resumption)") == [("web", None)]  # fmt: skip
    assert rows("select count(*) from verification.resumption where used_at is not null") == [(0,)]


def test_a_person_goes_on_with_their_own_case_on_another_device(person, authority, rows):
    authority()
    who = person()
    case = who.open()
    code = who.post(f"/v1/verifications/{case}/resume-codes", {"channel": "phone"}).json()["code"]
    who.token = who.api.sign_in(who.phone)

    came = who.post("/v1/verification-resumptions", {"code": code})

    assert (came.json()["verification"], came.json()["channel"]) == (case, "phone")


def test_prints_that_do_not_match_at_a_branch_are_looked_at(person, authority, staff):
    authority()
    who = person()
    case = who.open()
    who.check(case)
    code = who.post(f"/v1/verifications/{case}/resume-codes", {"channel": "branch"}).json()["code"]
    clerk = staff()
    clerk.post("/v1/verification-resumptions", {"code": code})
    clerk.post(f"/v1/verifications/{case}/branch", {"prints_match": False})

    assert who.end(case).json()["state"] == "review"
