"""Keys seal to one row, blind the same value the same way, and are made once."""

import pytest

from tongtu.kernel.errors import Broken
from tongtu.runtime.api import Keys, SeededEntropy, load_root

ROOT = bytes(range(32))
# Written down: another value would lose every person in an existing database.
BLIND = "86ea8ffc829465e9270a6234b856302d7ccef2101c37a3f56f75657c5a893fa8"
HASH64 = 8062429203901172897


@pytest.fixture
def keys():
    return Keys(ROOT, SeededEntropy(1))


def test_a_sealed_value_opens_only_unchanged_in_its_own_row_and_with_its_own_key(keys):
    sealed = keys.seal(b"13812345678", b"party/1/phone")

    assert keys.open(sealed, b"party/1/phone") == b"13812345678"
    assert b"138" not in sealed
    assert keys.seal(b"13812345678", b"party/1/phone") != sealed  # a fresh nonce each time
    for n in range(len(sealed)):
        changed = bytearray(sealed)
        changed[n] ^= 1
        with pytest.raises(Broken):
            keys.open(bytes(changed), b"party/1/phone")
    with pytest.raises(Broken):
        keys.open(sealed, b"party/2/phone")
    with pytest.raises(Broken):
        Keys(bytes(32), SeededEntropy(1)).open(sealed, b"party/1/phone")


def test_blind_indexes_and_hashes_are_stable_keyed_and_apart_by_kind(keys):
    assert keys.blind("phone", "13812345678").hex() == BLIND
    assert keys.hash64("device", "d-1") == HASH64
    assert keys.blind("name", "13812345678").hex() != BLIND
    assert Keys(bytes(32), SeededEntropy(1)).blind("phone", "13812345678").hex() != BLIND
    assert 0 <= keys.hash64("device", "d-2") < 2**63


def test_each_purpose_has_its_own_key(keys):
    purposes = {keys.derive(purpose) for purpose in ("vault", "blind", "hash64", "public_ids")}

    assert len(purposes) == 4
    assert ROOT not in purposes


def test_the_root_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = load_root(tmp_path, SeededEntropy(1))

    assert load_root(tmp_path, SeededEntropy(2)) == first
    path = tmp_path / "keys" / "root.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["root.key"]


def test_a_readable_or_damaged_root_key_stops_the_start_and_is_left_as_it_is(tmp_path):
    load_root(tmp_path, SeededEntropy(1))
    path = tmp_path / "keys" / "root.key"

    path.chmod(0o644)
    with pytest.raises(Broken, match="chmod 600"):
        load_root(tmp_path, SeededEntropy(2))
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(Broken, match="32 bytes"):
        load_root(tmp_path, SeededEntropy(2))

    assert path.read_bytes() == b"short"


def test_digits_have_equal_chances_and_tokens_are_long():
    class Drawn(SeededEntropy):
        def bytes(self, n):
            return bytes([249, 250, 255, 7])  # 250..255 would favour the digits 0..5

    entropy = SeededEntropy(7)
    assert Drawn(1).digits(4) == "9797"
    assert len(entropy.token()) == 43
    assert entropy.token() != entropy.token()
    assert SeededEntropy(7).digits(6) == SeededEntropy(7).digits(6)
