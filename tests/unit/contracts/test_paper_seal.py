"""A paper is sealed by SM4 where the setting says so, and each opens whatever it says later."""

from types import SimpleNamespace

import pytest

from tongtu.contracts.paper_seal import open_paper, seal_paper
from tongtu.kernel import gm
from tongtu.kernel.errors import Broken
from tongtu.runtime.api import Keys, SeededEntropy
from tongtu.runtime.keys import key_of
from tongtu.runtime.settings import Settings

ENTROPY = SeededEntropy(1)
KEYS = Keys(bytes(range(32)), ENTROPY)
PAPER, HASH = b"%PDF a paper", bytes(32)


def sealed(tmp_path, *, gm):
    settings = Settings(home=tmp_path, gm=gm)
    runtime = SimpleNamespace(settings=settings, keys=KEYS, entropy=ENTROPY)
    return seal_paper(runtime, PAPER, HASH)


def test_both_ways_open_by_their_first_bytes(tmp_path):
    old, new = sealed(tmp_path, gm=False), sealed(tmp_path, gm=True)

    assert (old.startswith(b"SM4"), new.startswith(b"SM4\x02\0\0")) == (False, True)
    assert PAPER not in new
    assert sealed(tmp_path, gm=True) != new
    assert open_paper(KEYS, old, HASH) == open_paper(KEYS, new, HASH) == PAPER


def test_a_paper_of_before_keys_had_numbers_opens_by_the_root_key_s_own():
    nonce, key = bytes(12), KEYS.derive("papers-sm4")[: gm.SM4_KEY_BYTES]
    before = b"SM4\x01" + nonce + gm.sm4_seal(key, nonce, PAPER, HASH)

    assert open_paper(KEYS, before, HASH) == PAPER
    assert key_of(before) == 0


def test_a_changed_paper_another_hash_and_another_key_open_nothing(tmp_path):
    whole = sealed(tmp_path, gm=True)
    other = Keys(bytes(32), ENTROPY)

    for keys, raw, bound_to in (
        (KEYS, whole[:-1] + bytes([whole[-1] ^ 1]), HASH),
        (KEYS, whole[:4], HASH),
        (KEYS, whole, bytes(31) + b"\1"),
        (other, whole, HASH),
    ):
        with pytest.raises(Broken):
            open_paper(keys, raw, bound_to)
