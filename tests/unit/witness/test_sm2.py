"""The log's second signature: who asks for it finds it, who does not know it skips it."""

import hashlib
import json

import pytest

from tongtu.channels.cli import main
from tongtu.evidence.bundle import Trust, to_bundle, verify
from tongtu.evidence.model import Proof
from tongtu.kernel import gm
from tongtu.kernel.errors import BadInput
from tongtu.witness.cosignature import Cosigner
from tongtu.witness.note import Signer, checkpoint_text, open_note, with_lines
from tongtu.witness.rules import NOTHING, Seen, Shown, judge
from tongtu.witness.sm2 import Sm2Key, check_sm2, sm2_line
from tongtu.witness.tiles import write_log
from tongtu.witness.tree import leaf_hash, root_of

LOG, PRIVATE, STRANGER = Signer.of("test", bytes(range(32))), gm.generate(), gm.generate()
KEY, OTHER = Sm2Key(LOG.name, PRIVATE.public), Sm2Key(LOG.name, STRANGER.public)
ENTRIES = [hashlib.sha256(str(n).encode()).digest() for n in range(3)]
ROOT = root_of([leaf_hash(one) for one in ENTRIES])
TEXT = checkpoint_text(LOG.name, 3, ROOT)
PLAIN = LOG.sign(TEXT)
NOTE = with_lines(PLAIN, [sm2_line(LOG.name, PRIVATE, TEXT)])


def test_a_note_carries_both_signatures_and_each_is_checked_by_its_key():
    assert open_note(NOTE, LOG.key) == TEXT
    check_sm2(NOTE, KEY)
    for note, key, reason in (
        (PLAIN, KEY, "not signed by this SM2 key"),
        (NOTE, OTHER, "not signed by this SM2 key"),
        (NOTE.replace("\n3\n", "\n4\n"), KEY, "SM2 signature is false"),
        (with_lines(PLAIN, [sm2_line(LOG.name, PRIVATE, TEXT + "x\n")]), KEY, "is false"),
    ):
        with pytest.raises(BadInput, match=reason):
            check_sm2(note, key)


def test_a_key_is_read_back_and_every_other_word_is_refused():
    assert Sm2Key.read(KEY.show()) == KEY
    for text in ("", "a+b+c", LOG.key.show(), KEY.show()[:-4], KEY.show().replace("test", "tes")):
        with pytest.raises(BadInput):
            Sm2Key.read(text)


def test_a_witness_that_knows_nothing_of_it_co_signs():
    found = judge(NOTHING, Shown(0, (), NOTE), LOG.key)

    assert isinstance(found, Seen)
    cosigned = with_lines(NOTE, [Cosigner.of("a", bytes(32)).cosign(TEXT, 1_800_000_000)])
    check_sm2(cosigned, KEY)


def test_a_bundle_is_verified_by_both_keys_when_both_are_asked_for():
    bundle = to_bundle(
        Proof("decision", 1, ENTRIES[0], 0, 3,
              (leaf_hash(ENTRIES[1]), leaf_hash(ENTRIES[2])), ROOT, NOTE), LOG.key,
    )  # fmt: skip
    trust = Trust(LOG.key.show(), sm2_key=KEY.show())

    assert verify(bundle, trust=trust).sentence.endswith("; signed by SM2 too.")
    assert not verify(bundle | {"checkpoint": PLAIN}, trust=trust).is_valid
    assert verify(bundle | {"checkpoint": PLAIN}, LOG.key.show()).is_valid


def test_the_command_asks_for_the_sm2_signature_of_a_whole_log(tmp_path, capsys):
    for name, note in (("both", NOTE), ("plain", PLAIN)):
        write_log(tmp_path / name, note, ((one, "") for one in ENTRIES))
    words = ["--key", LOG.key.show(), "--sm2-key", KEY.show()]

    assert main(["verify", "log", str(tmp_path / "both"), *words]) == 0
    assert main(["verify", "log", str(tmp_path / "plain"), *words]) == 1
    assert main(["verify", "log", str(tmp_path / "plain"), *words[:2]]) == 0
    assert "not signed by this SM2 key" in capsys.readouterr().err
    file = tmp_path / "bundle.json"
    bundle = to_bundle(
        Proof("decision", 1, ENTRIES[2], 2, 3,
              (root_of([leaf_hash(one) for one in ENTRIES[:2]]),), ROOT, PLAIN), LOG.key,
    )  # fmt: skip
    file.write_text(json.dumps(bundle), encoding="utf-8")
    assert main(["verify", str(file), *words]) == 1
    assert main(["verify", str(file), *words[:2]]) == 0
