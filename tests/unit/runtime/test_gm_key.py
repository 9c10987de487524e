"""An SM2 key is made once, kept to its owner, and nothing else passes for it."""

import stat
from dataclasses import replace

import pytest

from tongtu.kernel import gm
from tongtu.kernel.errors import Broken
from tongtu.runtime.gm_key import load_sm2, sm2_of
from tongtu.runtime.settings import Settings


@pytest.fixture(autouse=True)
def fresh():
    load_sm2.cache_clear()


def test_a_key_stays_the_same_and_is_its_owner_s_alone(tmp_path):
    first = load_sm2(tmp_path, "log")
    path = tmp_path / "keys" / "sm2-log.key"
    load_sm2.cache_clear()

    assert load_sm2(tmp_path, "log") == first
    assert load_sm2(tmp_path, "messages") != first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    load_sm2.cache_clear()
    with pytest.raises(Broken, match="chmod 600"):
        load_sm2(tmp_path, "log")


def test_a_damaged_key_or_two_halves_of_different_keys_are_told(tmp_path):
    path = tmp_path / "keys" / "sm2-log.key"
    path.parent.mkdir()
    for raw in (b"", bytes(95), gm.generate().private + gm.generate().public):
        path.write_bytes(raw)
        path.chmod(0o600)
        load_sm2.cache_clear()
        with pytest.raises(Broken, match="restore it"):
            load_sm2(tmp_path, "log")


def test_the_setting_is_off_by_default_and_then_no_key_is_made(tmp_path):
    settings = Settings(home=tmp_path)

    assert sm2_of(settings, "log") is None
    assert not (tmp_path / "keys").exists()
    assert sm2_of(replace(settings, gm=True), "log") is not None
