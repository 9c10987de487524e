"""A field that a body does not name is refused by every operation that takes a body (STRIDE 5): nobody
gives themselves a rate, a role, a status or an owner."""

import json

import pytest

from tongtu.channels.rest.api import api_document
from tongtu.identity.api import Role

from .bodies import address_of, body_for, names_in, question_for
from .conftest import APPLICATION, new_key

HIDDEN = {
    "role": "operator", "status": "approved", "rate_bps": 1, "organisation": 0, "party": "pt_1",
    "approved": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def document(world):
    return json.loads(api_document(world.parts))


def operations(document):
    """Yield every operation with a JSON body; rules are a map by file name, so they are not one."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                yield method.upper(), path, operation


def test_stride_11_a_score_or_a_feature_that_a_client_sends_is_refused_and_decides_nothing(world):
    before = world.tables()
    for name, value in {"score": 900, "features": {"utilisation": 0}, "model": "0" * 64}.items():
        for body in (
            APPLICATION | {name: value},
            APPLICATION | {"facts": APPLICATION["facts"] | {name: value}},
        ):
            for door in ("hot", "ordinary"):
                answer = world.send(
                    "POST",
                    "/v1/applications",
                    token=world.b.token,
                    key=new_key(),
                    json=body,
                    door=door,
                )
                assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
    assert world.tables() == before


def test_stride_5_a_field_that_a_body_does_not_name_is_refused_everywhere_and_changes_nothing(
    world, document
):
    tokens = {**world.staff, Role.BORROWER: world.b.token}
    before, wrong, asked = world.tables(), {}, 0

    for method, path, operation in operations(document):
        who = world.parts.permissions[method, path].who
        token = None if who is None else tokens[min(who)]
        body = body_for(document, operation)
        for name, value in HIDDEN.items():
            if name in names_in(document, operation):
                continue  # a rate is what a change of a loan is about
            answer = world.send(
                method,
                address_of(world, path) + question_for(document, operation),
                token=token,
                key=new_key(),
                json={name: value} | body,  # first, so that nothing else is found wrong
            )
            asked += 1
            if (answer.status_code, answer.json().get("fields", {}).get(name)) != (
                422, "is not known",
            ):  # fmt: skip
                wrong[method, path, name] = f"{answer.status_code}: {answer.text[:150]}"

    changed = {name for name, each in world.tables().items() if each != before[name]}
    assert not wrong, "\n".join(f"{at}: {said}" for at, said in wrong.items())
    assert asked > 300
    assert changed == set()
