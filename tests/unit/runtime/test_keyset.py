"""Keys that seal are numbered, replaced, and destroyed when nothing needs them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tongtu.kernel.errors import Broken, Conflict, NotFound
from tongtu.runtime.api import RETIRES_AFTER, Keys, SeededEntropy

ROOT = bytes(range(32))
AT = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
ROW = b"vault:1:phone"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "keys").mkdir(mode=0o700)
    return tmp_path


def keys_of(home, seed=1):
    return Keys(ROOT, SeededEntropy(seed), home)


def rotate(keys, at=AT):
    return keys.file.rotate(SeededEntropy(99), at)


def test_a_sealed_value_carries_the_number_of_its_key_and_opens_after_a_rotation(home):
    keys = keys_of(home)
    before = keys.seal(b"13812345678", ROW)

    number = rotate(keys)
    after = keys.seal(b"13812345678", ROW)

    assert (before[:3].hex(), number, after[:3].hex()) == ("020000", 1, "020001")
    assert keys.open(before, ROW) == keys.open(after, ROW) == b"13812345678"
    # Under key 1 the bytes that key 0 sealed are nothing, whatever the number in front says.
    with pytest.raises(Broken):
        keys.open(after[:3] + before[3:], ROW)
    again = keys_of(home, seed=2)
    assert again.open(before, ROW) == again.open(after, ROW) == b"13812345678"


def test_a_value_of_before_keys_had_numbers_opens_by_key_0(home):
    nonce = bytes(12)
    cipher = AESGCM(keys_of(home).derive("vault"))
    old = b"\x01" + nonce + cipher.encrypt(nonce, b"13812345678", ROW)

    keys = keys_of(home)
    rotate(keys)

    assert keys.open(old, ROW) == b"13812345678"


def test_a_rotation_in_another_process_is_heard_of_at_the_next_value(home):
    here, there = keys_of(home), keys_of(home, seed=2)

    rotate(there)
    sealed_there = there.seal(b"x", ROW)

    assert here.open(sealed_there, ROW) == b"x"
    assert here.seal(b"x", ROW)[:3].hex() == "020001"


def test_neither_the_blind_index_nor_any_other_key_changes_with_a_rotation(home):
    keys = keys_of(home)
    index = keys.blind("phone", "13812345678")
    others = {purpose: keys.derive(purpose) for purpose in ("vault", "blind", "keyset", "hash64")}

    rotate(keys)

    assert keys.blind("phone", "13812345678") == index
    assert {purpose: keys.derive(purpose) for purpose in others} == others
    assert len(set(others.values())) == len(others)
    drawn = SeededEntropy(99).bytes(32)
    assert drawn not in others.values()
    # What lies on the disk is under the root key: neither the key nor the index's key is in it.
    text = (home / "keys" / "vault.json").read_text()
    assert drawn.hex() not in text
    assert others["blind"].hex() not in text


def test_a_key_is_retired_an_hour_after_it_was_replaced_and_then_opens_nothing(home):
    keys = keys_of(home)
    sealed = keys.seal(b"x", ROW)
    rotate(keys)

    for number, at in ((1, AT + timedelta(days=1)), (0, AT + RETIRES_AFTER - timedelta(seconds=1))):
        with pytest.raises(Conflict) as refused:
            keys.file.retire(number, at)
        assert refused.value.code == "key_in_use"
    with pytest.raises(NotFound):
        keys.file.retire(2, AT + timedelta(days=1))
    assert keys.open(sealed, ROW) == b"x"
    keys.file.retire(0, AT + RETIRES_AFTER)

    assert [key.state for key in keys.keyset().keys] == ["retired", "seals"]
    with pytest.raises(Broken, match="key 0, which is retired"):
        keys_of(home).open(sealed, ROW)
    with pytest.raises(Conflict) as again:
        keys.file.retire(0, AT + RETIRES_AFTER)
    assert again.value.code == "key_retired"
    assert json.loads((home / "keys" / "vault.json").read_text())["keys"][0]["wrapped"] is None


def test_a_set_of_another_root_key_or_damaged_or_open_to_others_stops_the_start(home):
    rotate(keys_of(home))
    path = home / "keys" / "vault.json"
    text = path.read_text()

    with pytest.raises(Broken, match="not written under this root key"):
        Keys(bytes(32), SeededEntropy(1), home)
    path.chmod(0o644)
    with pytest.raises(Broken, match="chmod 600"):
        keys_of(home)
    path.chmod(0o600)
    for damaged in (text[:-20], '{"keys": []}', text.replace('"id": 1', '"id": 7')):
        path.write_text(damaged)
        with pytest.raises(Broken, match="restore it from a backup"):
            keys_of(home)
    path.write_text(text)
    keys = keys_of(home)
    path.unlink()
    with pytest.raises(Broken, match=r"restore keys/vault\.json"):
        keys.seal(b"x", ROW)


def test_the_set_is_readable_by_its_owner_alone_and_no_draft_is_left(home):
    rotate(keys_of(home))

    path = home / "keys" / "vault.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["vault.json"]
