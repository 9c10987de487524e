"""Whose it is (broken object level authorisation), out of the API's own document: every operation with
an id in its address, asked by its owner, a stranger, another lender, a clerk of another branch, a
manager and nobody. An id that no row below explains is red."""

import json
import re

import pytest

from tongtu.channels.rest.api import api_document
from tongtu.identity.api import Caller, Role, issue_token, open_staff

from .bodies import address_of, body_for, question_for
from .conftest import new_key

# Behind which ids a person stands; of the second borrower in the world where there is one.
PERSONS = {
    "application", "offer", "agreement", "loan", "payment", "decision", "consent", "facility",
    "mandate", "passkey", "session_id", "document", "contact", "subject", "verification",
    "review", "privacy_request", "party",
}  # fmt: skip
# What partners have.
PARTNERS = {"webhook", "session"}
# What belongs to the house: roles decide, and clerks of branches have no part in it.
HOUSE = {
    "approval", "number", "event", "experiment", "campaign", "entry", "rules", "model",
    "account", "department", "place", "delegation", "process_case", "task", "version", "key",
    "ring",
}  # fmt: skip
# No thing of somebody's by itself: a day, a kind, a lender's number beside another id.
WORDS = {"day", "kind", "lender", "side"}
# Where a lender, or whoever is signed in, is shown their own part of the same address.
OWN_PART = {
    "/v1/settlements/{day}",
    "/v1/settlements/{day}/answer",
    "/v1/ledger/accounts/{account}/statement",
}

# A proof holds hashes and places in the log, nothing of a person: whoever verifies may ask.
HASHES = {"/v1/evidence/proofs/{kind}/{subject}"}


@pytest.fixture(scope="module")
def document(world):
    return json.loads(api_document(world.parts))


@pytest.fixture(scope="module")
def actors(world):
    """Give each actor their token; the second borrower's branch is the first."""
    run, runtime = world.run, world.parts.runtime

    def staff(login, role, organisation):
        caller = run(open_staff(runtime, login, role, organisation))
        return run(issue_token(runtime, Caller(role, caller.subject, organisation, 0))).text

    chosen = world.send(
        "PUT", "/v1/me/branch", token=world.b.token, key=new_key(), json={"branch": "branch_1"}
    )
    assert chosen.json() == {"branch": "branch_1"}
    world.settled = None
    lenders = {one.id: one.number for one in world.parts.book.everybody()}
    seen = world.ask("GET", f"/v1/loans/{world.b.loan}", world.b.token)
    own = lenders[seen["lender"]["id"]]
    other = next(number for number in lenders.values() if number != own)
    return {
        "nobody": (None, None),
        "stranger": (Role.BORROWER, world.a.token),
        "other_lender": (Role.LENDER, staff("lender-else", Role.LENDER, other)),
        "clerk_elsewhere": (Role.CLERK, staff("clerk-2", Role.CLERK, 2)),
        "clerk_here": (Role.CLERK, staff("clerk-1", Role.CLERK, 1)),
        "owner": (Role.BORROWER, world.b.token),
        "lender": (Role.LENDER, staff("lender-own", Role.LENDER, own)),
        "manager": (Role.OPERATOR, world.staff[Role.OPERATOR]),
    }


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "{" in path:
                yield method.upper(), path, operation


def expected(permission, path, actor, role):
    """Return the one status an actor may get, by the table of permissions alone; None: theirs."""
    names = set(re.findall(r"\{(\w+)\}", path))
    assert names <= PERSONS | PARTNERS | HOUSE | WORDS, f"{path}: no row explains {names}"
    if permission.who is None or (path in HASHES and role not in (None, Role.BORROWER)):
        return None
    if role is None:
        return 401
    if role not in permission.who:
        return 403
    if actor == "clerk_elsewhere":
        may_pass = permission.is_for_branches or permission.is_by_code or permission.is_of_house
        return 404 if may_pass or permission.who == frozenset(Role) else 403
    if names <= WORDS or actor not in ("stranger", "other_lender") or path in OWN_PART:
        return None
    return 404


def test_stride_4_every_operation_with_an_id_answers_its_owner_and_staff_in_charge_and_nobody_else(
    world, document, actors
):
    before, wrong, asked = world.tables(), {}, 0

    for method, path, operation in operations(document):
        permission = world.parts.permissions[method, path]
        body, question = body_for(document, operation), question_for(document, operation)
        for actor, (role, token) in actors.items():
            allowed = expected(permission, path, actor, role)
            if allowed is None:
                continue
            given = {} if body is None else {"json": body}
            if "requestBody" in operation and body is None:
                given = {"content": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n",
                         "headers": (("content-type", "application/pdf"),)}  # fmt: skip
            answer = world.send(
                method, address_of(world, path) + question, token=token, key=new_key(), **given
            )
            asked += 1
            if answer.status_code != allowed:
                wrong[method, path, actor] = f"{answer.status_code}, not {allowed}: {answer.text}"

    after = world.tables()
    assert not wrong, "\n".join(f"{at}: {said[:200]}" for at, said in wrong.items())
    assert asked > 300
    changed = {name for name, each in after.items() if each != before[name]}
    # A try at somebody else's sign-in leaves its mark with nobody: nothing at all may change.
    assert changed == set()


def test_owner_manager_own_lender_and_own_branch_see_what_is_theirs(world, document, actors):
    real = {
        "application", "offer", "agreement", "loan", "payment", "decision", "kind", "subject",
        "facility", "verification",
    }  # fmt: skip
    wrong, seen = {}, set()

    for method, path, operation in operations(document):
        names = set(re.findall(r"\{(\w+)\}", path))
        permission = world.parts.permissions[method, path]
        if method != "GET" or permission.who is None or not names <= real:
            continue
        for actor in ("owner", "manager", "lender", "clerk_here"):
            role, token = actors[actor]
            is_own_branch = actor != "clerk_here" or permission.is_for_branches
            if (
                role not in permission.who
                or not is_own_branch
                or "letters" in path
                or "kind" in path
                or "preview" in path  # asks for a term that the line has
                or "/form" in path  # of the one clerk who took the case over by its code
            ):
                continue
            asked = address_of(world, path) + question_for(document, operation)
            answer = world.send(method, asked, token=token)
            seen.add((actor, path))
            if answer.status_code not in (200, 409):
                wrong[actor, path] = (answer.status_code, answer.text[:200])

    assert wrong == {}
    assert {
        (actor, f"/v1/loans/{{loan}}{rest}")
        for actor in ("owner", "manager", "lender", "clerk_here")
        for rest in ("", "/statement", "/statement/file", "/payoff")
    } <= seen
    for actor in ("owner", "manager", "lender", "clerk_here"):
        assert (actor, "/v1/facilities/{facility}") in seen
    assert ("owner", "/v1/verifications/{verification}") in seen


def test_a_write_of_theirs_passes_the_door_and_stops_at_its_missing_key(world, document, actors):
    wrong, asked = {}, 0

    for method, path, operation in operations(document):
        permission = world.parts.permissions[method, path]
        for actor in ("owner", "manager", "clerk_here"):
            role, token = actors[actor]
            is_own_branch = actor != "clerk_here" or permission.is_for_branches
            needs_key = "idempotency-key" in json.dumps(operation.get("parameters", [])).lower()
            if permission.who is None or role not in permission.who or not needs_key:
                continue
            if not is_own_branch:
                continue
            answer = world.send(method, address_of(world, path), token=token)
            asked += 1
            # What is not there is told to a clerk of a branch before the key is asked for.
            allowed = {422, 404} if actor == "clerk_here" else {422}
            if answer.status_code not in allowed:
                wrong[actor, method, path] = (answer.status_code, answer.text[:200])

    assert wrong == {}
    assert asked > 60


def test_a_person_reads_who_looked_at_what_of_theirs_and_a_refused_look_leaves_nothing(
    world, actors
):
    path = f"/v1/loans/{world.b.loan}/statement"

    def looks(token):
        return world.ask("GET", "/v1/me/access-log", token)["items"]

    before, others = looks(world.b.token), looks(world.a.token)
    for actor in ("clerk_elsewhere", "other_lender", "stranger", "nobody"):
        assert world.send("GET", path, token=actors[actor][1]).status_code in (401, 404)
    assert world.send("GET", path, token=world.b.token).status_code == 200
    assert looks(world.b.token) == before
    for actor in ("clerk_here", "lender", "manager"):
        assert world.send("GET", path, token=actors[actor][1]).status_code == 200
    regulator = world.staff[Role.REGULATOR]
    assert world.send(
        "GET", f"/v1/decisions/{world.b.decision}/lenders", token=regulator
    ).is_success
    after = looks(world.b.token)

    lender = world.ask("GET", f"/v1/loans/{world.b.loan}", world.b.token)["lender"]["id"]
    assert [
        (one["role"], one["organisation"], one["shows"], one["why"])
        for one in after[: len(after) - len(before)]
    ] == [
        ("regulator", "regulator", ["decision"], "supervision"),
        ("operator", "head_office", ["loan"], "operations"),
        ("lender", lender, ["loan"], "own_claim"),
        ("clerk", "branch_1", ["loan"], "servicing"),
    ]
    assert looks(world.a.token) == others
    world.settled = None


def test_a_person_who_changes_their_branch_is_out_of_sight_of_the_one_before(world, actors):
    path = f"/v1/loans/{world.b.loan}"

    def choose(branch):
        body = {"branch": branch}
        return world.send(
            "PUT", "/v1/me/branch", token=world.b.token, key=new_key(), json=body
        ).status_code

    def seen():
        return [
            world.send("GET", path, token=actors[actor][1]).status_code
            for actor in ("clerk_here", "clerk_elsewhere")
        ]

    assert (choose("branch_2"), seen()) == (200, [404, 200])
    assert (choose(None), seen()) == (200, [404, 404])
    assert (choose("branch_9"), seen()) == (404, [404, 404])
    assert (choose("branch_1"), seen()) == (200, [200, 404])
    world.settled = None
