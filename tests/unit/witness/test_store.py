"""What a witness keeps on its own disk holds over a restart, and nothing is signed before."""

import os
import stat
import subprocess
import sys

import pytest

from tongtu.kernel.errors import Broken
from tongtu.witness.door import Witness
from tongtu.witness.note import Signer, checkpoint_text
from tongtu.witness.rules import NOTHING, Shown
from tongtu.witness.store import Home
from tongtu.witness.tree import leaf_hash, root_of

LOG = Signer.of("test", bytes(range(32)))
TRUE = [leaf_hash(bytes([n]) * 32) for n in range(9)]
FALSE = [leaf_hash(b"\xff" * 32), *TRUE[1:]]


def first(leaves, size, signer=LOG):
    note = signer.sign(checkpoint_text(signer.name, size, root_of(leaves[:size])))
    return Shown(0, (), note).write()


def open_witness(folder):
    home = Home(folder)
    key = home.log_key(LOG.key.show())
    return home, Witness(home, home.cosigner("regulator"), key)


def test_a_witness_that_starts_again_has_its_key_and_signs_no_second_history(tmp_path):
    _, before = open_witness(tmp_path)
    signed = before.add(first(TRUE, 5), 1)
    home, again = open_witness(tmp_path)
    repeated = again.add(first(FALSE, 6), 2)

    assert signed[0] == 200
    assert again.status() == before.status()
    assert repeated == (409, "text/x.tlog.size", "5\n")
    assert home.seen(LOG.key).size == 5
    assert stat.S_IMODE((tmp_path / "witness.key").stat().st_mode) == 0o600


def test_a_witness_that_was_shown_two_histories_signs_nothing_any_more(tmp_path):
    _, witness = open_witness(tmp_path)
    witness.add(first(TRUE, 5), 1)
    shown_two = witness.add(first(FALSE, 5), 2)
    _, again = open_witness(tmp_path)
    after = again.add(Shown(5, (), first(TRUE, 5).partition("\n\n")[2]).write(), 3)

    assert shown_two == (409, "text/plain; charset=utf-8", "two roots of one size; see /fork\n")
    assert after == (409, "text/plain; charset=utf-8", "the log told two histories; see /fork\n")
    assert again.fork()["format"] == "tongtu-fork-1"
    assert again.status()["size"] == 5


def test_nothing_is_signed_when_the_disk_does_not_take_it(tmp_path, monkeypatch):
    home, witness = open_witness(tmp_path)

    def full(*_):
        raise OSError

    monkeypatch.setattr(home, "keep_seen", full)
    with pytest.raises(OSError, match=r"^$"):
        witness.add(first(TRUE, 5), 1)

    assert witness.status()["size"] == 0
    assert home.seen(LOG.key) == NOTHING


def test_a_damaged_memory_or_a_key_that_others_read_is_no_witness(tmp_path):
    home, witness = open_witness(tmp_path)
    witness.add(first(TRUE, 5), 1)

    (tmp_path / "seen").write_text("tongtu.log/test\n3\nAA==\n\n", encoding="utf-8")
    with pytest.raises(Broken):
        home.seen(LOG.key)
    (tmp_path / "witness.key").chmod(0o644)
    with pytest.raises(Broken):
        home.cosigner("regulator")


def test_a_witness_watches_one_log_only(tmp_path):
    with pytest.raises(Broken):
        Home(tmp_path).log_key(None)
    open_witness(tmp_path)

    assert Home(tmp_path).log_key(None) == LOG.key
    with pytest.raises(Broken):
        Home(tmp_path).log_key(Signer.of("other", bytes(32)).key.show())


@pytest.mark.parametrize("body", ["", "old x\n\nnote", "old 0\n\nnote"])
def test_a_body_that_is_no_request_changes_nothing(tmp_path, body):
    _, witness = open_witness(tmp_path)

    assert witness.add(body, 1)[0] == 400
    assert witness.status()["size"] == 0


HOLDER = """
import sys
from pathlib import Path
from tongtu.witness.store import Home
Home(Path(sys.argv[1])).hold()
print("held", flush=True)
sys.stdin.read()
"""


def test_no_second_process_works_in_the_folder_of_a_witness_until_the_first_has_ended(tmp_path):
    words = [sys.executable, "-c", HOLDER, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, **pipes, env=os.environ | {"PYTHONPATH": "src"}) as first:
        assert first.stdout.readline() == "held\n"

        with pytest.raises(Broken, match="another witness works in"):
            Home(tmp_path).hold()

        first.kill()
    Home(tmp_path).hold()
