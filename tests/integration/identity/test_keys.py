"""Every sealed column is sealed anew, whatever stops the work; a key in use is never destroyed."""

import ast
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tongtu.identity.api import (
    VaultKind,
    finish_sign_in,
    identify,
    read_vault,
    start_sign_in,
)
from tongtu.journey.api import SEALED
from tongtu.kernel.errors import Broken, Conflict
from tongtu.runtime import sealed as machine
from tongtu.runtime.api import (
    RETIRES_AFTER,
    Keys,
    SeededEntropy,
    count_uses,
    reseal,
    retire_key,
    rotate_key,
)

from .conftest import resident_id

SOURCE = Path(__file__).parents[3] / "src" / "tongtu"
# Whose sealed values are handed out and come back within minutes; no table has them.
PASSING = {"identity/flow/code.py", "access/flow/challenge.py", "identity/flow/sealed_token.py"}
HOMES = {
    "identity/flow/vault.py": "identity.vault",
    "identity/flow/document.py": "identity.document",
    "identity/flow/correction.py": "identity.correction",
    "notice/flow.py": "notice.box",
    "risk/flow/listing.py": "risk.list_entry",
    "access/flow/staff.py": "access.staff_login",
    "contracts/paper_seal.py": "contracts.document",
}
PEOPLE = 5


class Stopped(Exception):
    """The process ends between two commits."""


@pytest.fixture
def keyed(runtime, tmp_path):
    """Return a runtime whose keys lie on the disk, with format-2 values of key 0 so far."""
    (tmp_path / "keys").mkdir(mode=0o700)
    entropy = SeededEntropy(5)
    return replace(runtime, keys=Keys(bytes(range(32)), entropy, tmp_path), entropy=entropy)


@pytest.fixture
def people(keyed, run, phone):
    def signed_in(number):
        challenge = run(start_sign_in(keyed, number, "127.0.0.1", phone.deliver))
        return run(finish_sign_in(keyed, challenge.text, phone.codes[-1][1])).caller

    return [signed_in(f"1441234567{n}") for n in range(PEOPLE)]


def uses(runtime, run):
    async def counted():
        async with runtime.database.reading() as connection:
            return await count_uses(connection, SEALED)

    return run(counted())


def fetch(runtime, run, statement, *given):
    async def fetched():
        async with runtime.database.transaction() as connection:
            return await connection.fetch(statement, *given)

    return run(fetched())


def phones(runtime, run, people):
    async def read():
        async with runtime.database.transaction() as connection:
            kinds = (VaultKind.PHONE,)
            return [
                (await read_vault(connection, runtime, one, one.subject, kinds))[VaultKind.PHONE]
                for one in people
            ]

    return run(read())


def test_each_place_that_seals_says_which_column_its_values_lie_in():
    sealing = set()
    for path in SOURCE.rglob("*.py"):
        calls = (n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call))
        named = (call.func for call in calls if isinstance(call.func, ast.Attribute))
        if any(f.attr == "seal" and ast.unparse(f.value).endswith("keys") for f in named):
            sealing.add(path.relative_to(SOURCE).as_posix())

    assert sealing - PASSING - {"runtime/sealed.py"} == set(HOMES)
    assert set(HOMES.values()) == {column.table for column in SEALED}


def test_sealing_anew_goes_on_where_it_was_stopped(keyed, run, people, monkeypatch):
    monkeypatch.setattr(machine, "RESEALED_AT_ONCE", 2)
    before = uses(keyed, run)
    assert before[0]["identity.vault"] == PEOPLE
    assert run(rotate_key(keyed)) == 1

    def stop(column, count):
        raise Stopped

    for left in (PEOPLE - 2, PEOPLE - 4):
        with pytest.raises(Stopped):
            run(reseal(keyed, SEALED, stop))
        assert uses(keyed, run)[0]["identity.vault"] == left
        assert phones(keyed, run, people) == [f"+861441234567{n}" for n in range(PEOPLE)]
    sealed = sum(before[0].values())
    assert run(reseal(keyed, SEALED)) == sealed - 4
    assert run(reseal(keyed, SEALED)) == 0

    assert uses(keyed, run) == {1: before[0]}
    assert phones(keyed, run, people) == [f"+861441234567{n}" for n in range(PEOPLE)]


def test_a_key_is_destroyed_only_when_nothing_is_sealed_with_it(keyed, run, people):
    run(rotate_key(keyed))
    keyed.clock.advance(RETIRES_AFTER + timedelta(seconds=1))

    with pytest.raises(Conflict, match=f"{PEOPLE} in identity.vault") as refused:
        run(retire_key(keyed, SEALED, 0))
    assert refused.value.code == "key_in_use"
    assert phones(keyed, run, people)[0] == "+8614412345670"
    run(reseal(keyed, SEALED))
    run(retire_key(keyed, SEALED, 0))

    assert phones(keyed, run, people)[0] == "+8614412345670"
    assert [key.state for key in keyed.keys.keyset().keys] == ["retired", "seals"]


def test_a_ciphertext_opens_in_its_own_table_row_and_column_only(keyed, run, people):
    """What a thief with SQL could try: to read one field as another, or as another person's."""
    one, other = people[:2]
    run(identify(keyed, one, "张三", resident_id()))
    stolen = fetch(
        keyed, run, "select kind, sealed from identity.vault where party = $1", one.subject
    )
    values = {row["kind"]: row["sealed"] for row in stolen}

    def put(party, kind, sealed):
        fetch(
            keyed,
            run,
            "update identity.vault set sealed = $3 where party = $1 and kind = $2",
            party,
            kind,
            sealed,
        )

    put(other.subject, "phone", values["phone"])  # another row
    with pytest.raises(Broken, match="does not open"):
        phones(keyed, run, [other])
    put(one.subject, "phone", values["name"])  # another column of the same row
    with pytest.raises(Broken, match="does not open"):
        phones(keyed, run, [one])
    put(one.subject, "phone", values["phone"])
    assert phones(keyed, run, [one]) == ["+8614412345670"]
    for column in SEALED:  # another table, with whatever numbers its rows have
        if column.table == "identity.vault":
            continue
        row = {"sha256": bytes(32)} | dict.fromkeys(("id", "staff", "request"), one.subject)
        with pytest.raises(Broken, match="does not open"):
            keyed.keys.open(values["phone"], column.bound_to(row))


def test_all_sealed_tables_are_sealed_anew_even_a_signed_paper(keyed, run):
    sealed = {}
    for column in SEALED:
        row = {"kind": "phone", "sha256": bytes(range(32))}
        row |= dict.fromkeys(("id", "staff", "party", "request"), 7)
        by_sm4 = column.table == "contracts.document"
        sealed[column.table, column.column] = keyed.keys.seal(
            b"x", column.bound_to(row), by_sm4=by_sm4
        )
    for statement, *given in _rows(sealed, keyed.clock.now()):
        fetch(keyed, run, statement, *given)
    run(rotate_key(keyed))

    assert run(reseal(keyed, SEALED)) == len(SEALED)

    assert uses(keyed, run) == {1: Counter(table for table, _ in sealed)}
    [[paper]] = fetch(keyed, run, "select sealed from contracts.document")
    assert paper.startswith(b"SM4\x02\x00\x01")
    assert keyed.keys.open(paper, bytes(range(32))) == b"x"
    with pytest.raises(Exception, match="stay as they are"):
        fetch(keyed, run, "update contracts.document set sealed = '\\x00'")
    with pytest.raises(Exception, match="stay as they are"):
        fetch(
            keyed,
            run,
            """with deed as (select set_config('tongtu.deed', 'reseal', true) as is_on)
            update contracts.document set agreement = 8 from deed where is_on <> ''""",
        )


def _rows(sealed, at):
    blind = bytes(32)
    yield (
        "insert into identity.vault values (0, 7, 'phone', $1, $2, $3)",
        sealed["identity.vault", "sealed"],
        blind,
        at,
    )
    yield (
        """insert into identity.document (cell, id, party, application, kind, media_type,
        size_bytes, commitment, salt, sealed, uploaded_at, kept_until)
        values (0, 7, 7, 7, 'payslip', 'image/png', 1, $2, $3, $1, $4, '2027-01-01')""",
        sealed["identity.document", "sealed"],
        blind,
        bytes(16),
        at,
    )
    yield (
        """insert into notice.box (cell, id, party, address_blind, channel, template, body, at)
        values (0, 7, 7, $2, 'sms', 'code', $1, $3)""",
        sealed["notice.box", "body"],
        blind,
        at,
    )
    yield (
        """insert into risk.list_entry (id, list, kind, key, sealed, why, approval, added_at,
        expires_at) values (7, 'deny', 'name', 0, $1, 'a reason of some length', 1, $2, $3)""",
        sealed["risk.list_entry", "sealed"],
        at,
        at + timedelta(days=1),
    )
    yield (
        """insert into identity.staff (id, login, role, opened_at)
        values (7, 'somebody', 'clerk', $1)""",
        at,
    )
    yield (
        """insert into access.staff_login (staff, password, secret, step, set_at)
        values (7, repeat('x', 60), $1, 0, $2)""",
        sealed["access.staff_login", "secret"],
        at,
    )
    yield (
        """insert into contracts.document (cell, sha256, agreement, kind, sealed, bytes, at)
        values (0, $2, 7, 'signed', $1, 1, $3)""",
        sealed["contracts.document", "sealed"],
        bytes(range(32)),
        at,
    )
    yield (
        """insert into identity.correction (cell, request, party, kind, wanted, before)
        values (0, 7, 7, 'name', $1, $2)""",
        sealed["identity.correction", "wanted"],
        sealed["identity.correction", "before"],
    )
