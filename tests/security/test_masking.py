"""Staff see who a person is masked by their role, whole with a reason, and the person reads both."""

import pytest

from tongtu.identity.api import Caller, Role, issue_token, open_staff

from .conftest import CANARY, new_key

WHY = "the papers came back by post"


@pytest.fixture(scope="module")
def clerks(world):
    run, runtime = world.run, world.parts.runtime
    world.send(
        "PUT", "/v1/me/branch", token=world.a.token, key=new_key(), json={"branch": "branch_1"}
    )

    def token(login, branch):
        caller = run(open_staff(runtime, login, Role.CLERK, branch))
        return run(issue_token(runtime, Caller(Role.CLERK, caller.subject, branch, 0))).text

    made = {"here": token("mask-1", 1), "elsewhere": token("mask-2", 2)}
    world.settled = None
    yield made
    world.send("PUT", "/v1/me/branch", token=world.a.token, key=new_key(), json={"branch": None})
    world.settled = None


def disclose(world, token, kinds, why=WHY):
    body = {"kinds": kinds, "why": why}
    return world.send("POST", f"/v1/persons/{world.a.party}/disclosures", token=token, json=body)


def looks(world):
    return world.ask("GET", "/v1/me/access-log", world.a.token)["items"]


def test_a_clerk_sees_name_and_phone_masked_and_the_person_reads_that(world, clerks):
    before = looks(world)
    seen = world.send("GET", f"/v1/persons/{world.a.party}", token=clerks["here"]).json()
    operators = world.send("GET", f"/v1/persons/{world.a.party}", token=world.staff[Role.OPERATOR])
    after = looks(world)
    world.settled = None

    assert seen == {
        "phone": "144****0001", "name": "金**", "resident_id": None, "address": None, "card": None,
    }  # fmt: skip
    number = CANARY["resident_id"]
    assert operators.json()["resident_id"] == f"{number[:3]}***********{number[-4:]}"
    new = after[: len(after) - len(before)]
    assert [(one["role"], one["shows"], one["reason"]) for one in new if "contact" in one["shows"]] == [
        ("operator", ["contact"], None), ("clerk", ["contact"], None),
    ]  # fmt: skip
    # The look into the vault itself is kept beside it, by kind.
    assert {"name", "phone"} in [set(one["shows"]) for one in new]


def test_the_whole_wants_a_reason_that_the_person_reads(world, clerks):
    before = looks(world)
    told = disclose(world, clerks["here"], ["phone"])
    new = looks(world)[: len(looks(world)) - len(before)]
    world.settled = None

    assert told.json() == {
        "phone": f"+86{CANARY['phone']}", "name": None, "resident_id": None, "address": None, "card": None,
    }  # fmt: skip
    assert told.headers["cache-control"] == "no-store"
    assert [
        (one["organisation"], one["why"], one["reason"])
        for one in new
        if one["shows"] == ["identity_whole"]
    ] == [("branch_1", "servicing", WHY)]


def test_without_a_reason_beyond_ones_role_or_branch_nothing_is_shown_and_nothing_is_kept(
    world, clerks
):
    before = world.tables()
    refused = [
        disclose(world, clerks["here"], ["resident_id"]), disclose(world, clerks["here"], ["phone"], ""),
        disclose(world, clerks["here"], []), disclose(world, clerks["elsewhere"], ["phone"]),
        disclose(world, world.staff[Role.ANALYST], ["phone"]), disclose(world, world.b.token, ["phone"]),
        disclose(world, None, ["phone"]),
        world.send("GET", f"/v1/persons/{world.a.party}", token=clerks["elsewhere"]),
        world.send("GET", "/v1/persons/pt_0000000000000", token=world.staff[Role.OPERATOR]),
        world.send("GET", f"/v1/persons/{world.a.party}", token=world.staff[Role.REGULATOR]),
    ]  # fmt: skip

    assert [(one.status_code, one.json()["code"]) for one in refused] == [
        (403, "not_shown_whole"), (422, "bad_input"), (422, "bad_input"), (404, "not_found"),
        (403, "not_allowed"), (403, "not_allowed"), (401, "not_signed_in"), (404, "not_found"),
        (404, "not_found"), (403, "not_allowed"),
    ]  # fmt: skip
    assert not [one for one in refused if any(text in one.text for text in CANARY.values())]
    assert world.tables() == before


def test_what_was_shown_whole_is_stored_nowhere_as_an_answer(world, clerks):
    disclose(world, clerks["here"], ["phone", "name"])
    world.settled = None

    rows = world.fetch("select t::text as text from runtime.command t")
    assert not [
        row for row in rows if CANARY["phone"] in row["text"] or CANARY["name"] in row["text"]
    ]
