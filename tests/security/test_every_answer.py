"""What every answer of every operation keeps, out of the API's own document: no cookie, no other
origin, no redirect, nothing kept by caches, one type told, and nothing changed by looking."""

import json
import re

import httpx
import pytest

from tongtu.channels.rest.api import api_document
from tongtu.identity.api import Role

from .bodies import address_of, question_for
from .conftest import new_key

ELSEWHERE = (("origin", "https://elsewhere.example"), ("cookie", "session=1"))
# A look at a person's data is kept before the answer leaves; nothing else is written by looking.
LOOKS = {"access.look", "identity.vault_access", "identity.document_access"}
# What names somebody stands in a body, never in an address that logs and histories keep.
NAMING = re.compile(
    r"phone|name|resident|id_number|card|address|token|code|password|secret", re.IGNORECASE
)
# For trials: the inbox of synthetic persons, which does not exist outside demo mode.
DEMO = "/v1/demo/"


@pytest.fixture(scope="module")
def document(world):
    return json.loads(api_document(world.parts))


@pytest.fixture(scope="module")
def answers(world, document):
    """Ask every operation as somebody who may and as nobody; return the answers."""
    tokens, told = {**world.staff, Role.BORROWER: world.b.token}, []
    for path, item in document["paths"].items():
        if path.endswith("/stream"):
            continue  # it never ends
        for method, operation in item.items():
            who = world.parts.permissions[method.upper(), path].who
            roles = sorted(who & {Role.BORROWER} or who)[:1] if who else []
            for token in (None, *(tokens[role] for role in roles)):
                if token and method != "get":
                    continue
                address = address_of(world, path) + question_for(document, operation)
                answer = world.send(
                    method.upper(), address, token=token, door="ordinary", headers=ELSEWHERE
                )
                told.append((method, path, answer))
    return told


# What the page of any merchant may ask: it takes no token and tells nothing of a person.
OPEN = {("post", "/v1/quotes")}
ANYBODYS = {"access-control-allow-origin": "*"}


def test_no_answer_sets_a_cookie_or_opens_itself_to_another_origin_or_sends_anybody_elsewhere(
    answers,
):
    """ASVS 3.3.1-3.3.4 (there are no cookies), 3.4.2, 3.7.2, 4.1.2."""
    wrong = [
        (method, path)
        for method, path, answer in answers
        if "set-cookie" in answer.headers
        or {
            name: text
            for name, text in answer.headers.items()
            if name.startswith("access-control-")
        }
        != (ANYBODYS if (method, path) in OPEN else {})
        or 300 <= answer.status_code < 400
        or "location" in answer.headers
    ]
    assert wrong == []
    assert len(answers) > 200


def test_a_cookie_signs_nobody_in(answers):
    """ASVS 3.5.1: there is no authority that a browser would add by itself."""
    reached = {answer.status_code for method, _, answer in answers if method == "get"}

    assert {200, 401} <= reached
    assert [
        path for _, path, answer in answers
        if answer.request.headers.get("authorization") is None and answer.status_code == 200
        and not path.startswith(("/health", "/ready", "/metrics", "/schema", "/v1/"))
    ] == []  # fmt: skip


def test_every_answer_tells_its_type_and_the_browser_to_believe_it(answers):
    """ASVS 3.4.3-3.4.6, 4.1.1."""
    for method, path, answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "object-src 'none'" in policy
        assert "base-uri 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        if answer.content:
            kind = answer.headers["content-type"]
            assert "charset=utf-8" in kind or not kind.startswith("text/"), (method, path, kind)


def test_what_the_api_answers_is_kept_by_no_cache(answers):
    """ASVS 14.2.2, 14.3.2."""
    kept = [
        (method, path, answer.headers.get("cache-control"))
        for method, path, answer in answers
        if path.startswith("/v1/") and answer.headers.get("cache-control") != "no-store"
    ]
    assert kept == []


@pytest.mark.parametrize("door", ["hot", "ordinary"])
def test_methods_that_no_route_names_are_refused_trace_among_them(world, door):
    """ASVS 13.4.4."""
    for method in ("TRACE", "CONNECT", "PROPFIND", "FOO"):
        for path in ("/", "/v1/me", "/v1/applications"):
            try:
                answer = world.send(method, path, token=world.b.token, key=new_key(), door=door)
            except httpx.HTTPError as refused:  # the server ends what it does not know as HTTP
                assert "disconnected" in str(refused) or "peer" in str(refused).lower()
                continue
            assert answer.status_code in (400, 404, 405, 501), (method, path)
            assert world.b.token not in answer.text


def test_looking_changes_nothing_but_who_looked(world, document):
    """ASVS 3.5.3: what changes something is no GET."""
    tokens = {**world.staff, Role.BORROWER: world.b.token}
    before, asked = world.tables(), 0

    for path, item in document["paths"].items():
        if "get" not in item or path.endswith("/stream"):
            continue
        who = world.parts.permissions["GET", path].who
        for role in sorted(who or ()):
            address = address_of(world, path) + question_for(document, item["get"])
            world.send("GET", address, token=tokens[role], door="ordinary")
            asked += 1

    changed = {name for name, each in world.tables().items() if each != before[name]}
    world.settled = None
    assert asked > 150
    assert changed - LOOKS == set()


def test_nothing_that_names_a_person_or_opens_a_door_is_asked_for_in_an_address(document):
    """ASVS 14.2.1."""
    named = {
        (path, one["name"])
        for path, item in document["paths"].items()
        for operation in item.values()
        for one in operation.get("parameters", ())
        if one["in"] in ("query", "path") and NAMING.search(one["name"])
        and not path.startswith(DEMO)
    }  # fmt: skip
    assert named == set()


def test_a_question_that_is_asked_twice_is_not_two_questions(world):
    """ASVS 15.3.7: the first reader and the last one see the same."""
    answer = world.send("GET", "/v1/loans?limit=1&limit=100000", token=world.b.token)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
