"""STRIDE 8: an amount is a whole number of minor units within its bound, or it is refused.

Every amount of every body in the API's own document is spelled in every wrong way; a plain run asks
each field a share of the spellings so that all have been asked, `make canary` asks all of each.
"""

import json
import os
import re

import pytest

from tongtu.channels.rest.account_limits import LIMIT_MINOR_MAX
from tongtu.channels.rest.api import api_document
from tongtu.identity.api import Role

from .bodies import address_of, body_for, question_for
from .conftest import new_key

SHARE = 1 if os.environ.get("CANARY") == "all" else 16
SCRIPTS = "０٠०০੦๐໐၀០᠐𝟎"  # zeros of other scripts
NEVER = [
    *(text.encode() for text in (
        "NaN", "-NaN", "Infinity", "-Infinity", "true", "false", "[]", "{}", "[100]",
        '{"minor":100}', '""', '" "', '"100"', '"1e2"', '"¥100"', '"100元"', '"0x64"', '"一百"',
        "100.0", "100.00", "1e2", "1E2", "1e+2", "1e-2", "100e0", "1.0e2", "0.1", "0.01", "1e30",
        "1e308", "1e309", "-1e30", "1E400", "100.000000000000001", "45937.0", "0x64", "0b1100100",
        "0o144", "0100", "00", "-00", "+100", "-1", "-100", "--1", "1-", "1_000", "1,000", "1 000",
        "1.", ".5", "-.5", "١٠٠", "&#49;", "\\u0031", "undefined", "nil", "$100", "100f", "100n",
        "9223372036854775808", "-9223372036854775808", "18446744073709551616", "1" * 40, "9" * 400,
        "-" + "9" * 400, "4294967296000000", "99999999999999999999", '"NaN"', '"Infinity"', "1/3",
        '["100"]', "[[100]]", '"\\u0031\\u0030\\u0030"', "1e", "e2", "1e2.5", "∞", "½", "²", "①",
    )),
    *(f'"{zero}"'.encode() for zero in SCRIPTS), *(f"1{zero}{zero}".encode() for zero in SCRIPTS),
    *(b"1" + b"0" * n for n in range(13, 60)), *(b"-1" + b"0" * n for n in range(20)),
    *(f"{n}.{n}".encode() for n in range(1, 20)), *(f"{n}e{n}".encode() for n in range(1, 15)),
    b"\xef\xbc\x91", b"\xff", b"1\x00", b"1\xe2\x80\x8b", b"\xe2\x80\xae1",
]  # fmt: skip
HOLE = "@@amount@@"
# A limit of an account may lie below nothing, and far beyond any loan: only what is within its own
# bound is an amount there.
LIMITS = {"/v1/ledger/accounts/{account}/limits"}
WHOLE = re.compile(rb"-?[1-9][0-9]*")


@pytest.fixture(scope="module")
def document(world):
    return json.loads(api_document(world.parts))


def amounts(document):
    """Yield (method, path, operation, body with a hole) for each amount of each body."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            sample = body_for(document, operation)
            schema = operation.get("requestBody", {}).get("content", {})
            if sample is None:
                continue
            whole = _whole(document, schema["application/json"]["schema"], sample)
            for place in _places(whole):
                yield method.upper(), path, operation, _with_hole(whole, place)


def test_stride_8_no_spelling_of_an_amount_but_a_whole_number_within_its_bound_is_taken(
    world, document
):
    tokens = {**world.staff, Role.BORROWER: world.b.token}
    before, wrong, asked, spelled = world.tables(), {}, 0, set()

    for nth, (method, path, operation, body) in enumerate(amounts(document)):
        who = world.parts.permissions[method, path].who
        token = None if who is None else tokens[min(who)]
        for spelling in NEVER[nth % SHARE :: SHARE]:
            content = json.dumps(body).encode().replace(f'"{HOLE}"'.encode(), spelling)
            assert content.count(HOLE.encode()) == 0
            is_whole = path in LIMITS and WHOLE.fullmatch(spelling) is not None
            if is_whole and abs(int(spelling)) <= LIMIT_MINOR_MAX:
                continue
            answer = world.send(
                method, address_of(world, path) + question_for(document, operation),
                token=token, key=new_key(), content=content, door="ordinary",
            )  # fmt: skip
            asked += 1
            spelled.add(spelling)
            if answer.status_code != 422:
                wrong[path, spelling] = f"{answer.status_code}: {answer.text[:120]}"

    changed = {name for name, each in world.tables().items() if each != before[name]}
    assert wrong == {}
    assert changed == set()
    assert spelled == set(NEVER)
    assert len(NEVER) >= 200
    assert asked * SHARE > 20 * len(NEVER)


@pytest.mark.parametrize("amount", [0, -1, 2**63 - 1])
def test_stride_8_the_database_refuses_what_got_past_the_api(world, amount):
    statement = """insert into payments.instruction (cell, id, kind, state, subject, party, lender,
        amount_minor, value_date, end_to_end_id, next_at, created_at, changed_at)
        values (0, 1, 'collection', 'intended', 1, 1, 1, $1, '2026-11-24', 'e', $2, $2, $2)"""
    before, at = world.tables(), world.parts.runtime.clock.now()

    async def insert():
        async with world.parts.runtime.database.transaction() as connection:
            await connection.execute(statement, amount, at)

    with pytest.raises(Exception, match="violates check constraint"):
        world.run(insert())
    assert world.tables() == before


def _whole(document, schema, sample):
    """Return a sample with every amount its schema may hold, left-out ones too."""
    if "$ref" in schema:
        named = schema["$ref"].rpartition("/")[2]
        return _whole(document, document["components"]["schemas"][named], sample)
    either = schema.get("oneOf", schema.get("anyOf"))
    if either is not None:
        return _whole(document, next(one for one in either if one.get("type") != "null"), sample)
    if isinstance(sample, list):
        return [_whole(document, schema.get("items", {}), one) for one in sample]
    if not isinstance(sample, dict):
        return sample
    inner = schema.get("properties", {})
    more = {name: 1 for name in inner if name.endswith("_minor") and name not in sample}
    return {name: _whole(document, inner.get(name, {}), one) for name, one in sample.items()} | more


def _places(value, at=()):
    if isinstance(value, dict):
        for name, each in value.items():
            if name.endswith("_minor"):
                yield (*at, name)
            else:
                yield from _places(each, (*at, name))
    elif isinstance(value, list) and value:
        yield from _places(value[0], (*at, 0))


def _with_hole(value, place):
    if not place:
        return HOLE
    first, *rest = place
    if isinstance(value, list):
        return [_with_hole(value[0], rest), *value[1:]]
    return {**value, first: _with_hole(value[first], rest)}
