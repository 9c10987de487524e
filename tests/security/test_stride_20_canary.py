"""STRIDE 20: personal data in logs, errors, addresses, events, proofs and messages.

Data that belongs to nobody is pushed through every operation of the API's own document: in bodies
that are taken and bodies that are refused, in addresses, questions, headers and files. Then it is
looked for. `make canary` asks every operation; a plain run a fixed quarter of them.
"""

import io
import json
import logging
import os
import sys

import pytest
import structlog

from tongtu.channels.rest.api import api_document
from tongtu.evidence.api import Sequencer
from tongtu.identity.api import Role
from tongtu.runtime.api import configure_logs, metrics_text

from .canaries import FORMS, NOBODY, SENTENCE, held_in, operations, requests_of
from .conftest import CANARY, new_key

SHARE = 1 if os.environ.get("CANARY") == "all" else 4
# Where words that members of staff or partners write about their work are kept on purpose: a reason,
# a name a partner gave. Nothing of it may go on from there: no event, proof, message or log.
KEPT_WORDS = {"access.look", "funding.router_switch", "identity.approval", "risk.model_switch"}
ERRORS = 400


@pytest.fixture(scope="module")
def pushed(canary_world):
    """Push everything through; return what was said to whom, and every line of the logs."""
    world, said, stream = canary_world, [], io.StringIO()
    document = json.loads(api_document(world.parts))
    before, sys.stderr = sys.stderr, stream
    handlers, level, own = logging.root.handlers[:], logging.root.level, structlog.get_config()
    configure_logs("debug")
    patch = pytest.MonkeyPatch()
    patch.setattr(type(world.parts), "is_stopping_within", _at_once)
    try:
        for place, operation in enumerate(operations(document)):
            if place % SHARE == 0:
                said += list(_asked(world, document, operation))
        world.carry()
        while world.run(Sequencer(world.parts.runtime).step()):
            pass
    finally:
        patch.undo()
        sys.stderr = before
        structlog.configure(**own)
        logging.root.handlers[:], logging.root.level = handlers, level
    return said, stream.getvalue()


async def _at_once(parts, pause_s):
    """Let a stream of events end behind its first: this client reads an answer to its end."""
    return True


def _asked(world, document, operation):
    method, path, _ = operation
    tokens = {**world.staff, Role.BORROWER: world.b.token}
    who = world.parts.permissions[method, path].who
    role = None if who is None else Role.BORROWER if Role.BORROWER in who else min(who)
    for kind, address, given in requests_of(world, document, operation):
        headers = (("user-agent", f"phone {NOBODY['phone']} {NOBODY['note']}"),)
        given["headers"] = (*given.get("headers", ()), *headers)
        answer = world.send(
            method, address, token=tokens.get(role), key=new_key(), door="ordinary", **given
        )
        yield method, path, kind, answer


def test_stride_20_most_operations_were_reached_and_many_took_what_they_were_sent(pushed):
    """A search through what nobody took would prove little."""
    said, _ = pushed
    kinds = {}
    for _, _, kind, answer in said:
        kinds.setdefault(kind, []).append(answer.status_code)

    assert not [answer.text for *_, answer in said if answer.status_code == 500]
    assert sum(status < ERRORS for status in kinds["taken"]) * SHARE > 60
    assert set(kinds["refused"]) <= {401, 403, 404, 409, 413, 415, 422, 503}
    assert len(said) * SHARE > 500


def test_stride_20_no_line_of_the_logs_holds_what_was_pushed(pushed):
    _, lines = pushed

    assert lines.count("request_refused") > 0
    assert held_in(lines) == []


def test_stride_20_no_refusal_repeats_what_was_pushed(pushed):
    said, _ = pushed

    told = {
        (method, path, kind): held_in(answer.text + str(answer.headers))
        for method, path, kind, answer in said
        if answer.status_code >= ERRORS
    }
    assert len(told) * SHARE > 300
    assert {at: found for at, found in told.items() if found} == {}


def test_stride_20_no_event_proof_message_or_delivery_holds_it_nor_any_table_but_those_named(
    canary_world, pushed
):
    assert pushed
    found = {
        name
        for name in canary_world.tables()
        for row in canary_world.fetch(f"select t::text as text from {name} t")
        if held_in(row["text"])
    }

    assert sorted(found - KEPT_WORDS) == []
    assert KEPT_WORDS & {"runtime.outbox", "runtime.inbox"} == set()
    assert not [
        name for name in KEPT_WORDS if name.split(".")[0] in ("evidence", "notice", "partner")
    ]


def test_stride_20_metrics_hold_nothing_of_it(pushed):
    assert pushed
    assert held_in(metrics_text().decode()) == []


def test_stride_20_the_search_finds_each_datum_in_each_form():
    assert len(FORMS) == 4 * len(NOBODY)
    for name, form in FORMS.items():
        assert name in held_in(f"before{form}behind")
    assert len(held_in(SENTENCE)) >= len(NOBODY)


def test_stride_20_no_list_file_or_page_shows_staff_and_partners_who_a_person_is(canary_world):
    """Every reading route, as every role of the house and its partners, about the first borrower."""
    world, shown, asked = canary_world, {}, 0
    document = json.loads(api_document(world.parts))
    world.a, world.b = world.b, world.a  # addresses are made of the second one's ids
    try:
        for method, path, operation in operations(document):
            if method != "GET" or path.startswith("/v1/demo/") or path.endswith("/stream"):
                continue
            for role in sorted(world.parts.permissions[method, path].who or ()):
                if role is Role.BORROWER:
                    continue
                _, address, _ = next(requests_of(world, document, (method, path, operation)))
                answer = world.send(method, address, token=world.staff[role], door="ordinary")
                asked += 1
                held = [name for name, text in CANARY.items() if text in answer.text]
                if held:
                    shown[path, role] = held
    finally:
        world.a, world.b = world.b, world.a

    assert asked > 100
    assert shown == {}
