import json
from base64 import b64encode

import pytest

from tongtu.channels.cli import main
from tongtu.evidence.bundle import to_bundle, verify
from tongtu.evidence.model import Entry, Proof, commitment
from tongtu.evidence.note import Signer, checkpoint_text
from tongtu.evidence.tree import Frontier, leaf_hash, node_hash

SIGNER = Signer.of("test", bytes(range(32)))
SALT, PAYLOAD = b"s" * 16, b'{"outcome":"offers"}'
ENTRY = Entry("decision", 42, commitment(SALT, PAYLOAD))


def bundle():
    """The second of three entries, with its payload."""
    hashes = [leaf_hash(b"a" * 32), leaf_hash(ENTRY.commitment), leaf_hash(b"c" * 32)]
    frontier = Frontier()
    for value in hashes:
        list(frontier.append(value))
    root = frontier.root()
    proof = Proof(
        kind="decision",
        subject=42,
        commitment=ENTRY.commitment,
        position=1,
        size=3,
        path=(hashes[0], hashes[2]),
        root=root,
        note=SIGNER.sign(checkpoint_text(SIGNER.name, 3, root)),
    )
    assert root == node_hash(node_hash(hashes[0], hashes[1]), hashes[2])
    return to_bundle(proof, SIGNER.key, subject="dc_0", opening=(SALT, PAYLOAD))


def test_a_true_bundle_is_verified_in_one_sentence():
    key = SIGNER.key.show()

    verdict = verify(bundle(), key)

    assert verdict.is_valid
    assert verdict.sentence == (
        "VERIFIED: decision dc_0 is entry 1 of 3 in tongtu.log/test with exactly this content of"
        f" 20 bytes, signed by a key you trust ({key})."
    )


def test_a_bundle_without_its_payload_is_verified_and_says_whose_key_it_is():
    closed = {name: value for name, value in bundle().items() if name not in ("salt", "payload")}

    verdict = verify(json.loads(json.dumps(closed)))

    assert verdict.is_valid
    assert "signed by the key in the file; compare it with a known one" in verdict.sentence


OTHER = Signer.of("test", bytes(32))
FORGED = checkpoint_text(SIGNER.name, 4, b"x" * 32)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": "tongtu-evidence-2"}, "the file is no bundle of the format"),
        ({"payload": b64encode(b'{"outcome":"declined"}').decode()}, "the payload is not the one"),
        ({"salt": "00"}, "the payload is not the one"),
        ({"payload": "€"}, "the payload is not base64"),
        ({"commitment": "11" * 32, "salt": None}, "salt is not hexadecimal"),
        ({"position": 0}, "the path does not lead"),
        ({"position": -1}, "position is not a whole number"),
        ({"position": True}, "position is not a whole number"),
        ({"position": 2**70}, "the path does not lead"),
        ({"size": 4}, "the proof is for another checkpoint"),
        ({"root": "00" * 32}, "the proof is for another checkpoint"),
        ({"path": []}, "the path does not lead"),
        ({"path": ["00" * 32] * 65}, "the path is not a list of hashes"),
        ({"path": [1]}, "path is not hexadecimal"),
        ({"checkpoint": SIGNER.sign(FORGED)}, "the proof is for another checkpoint"),
        ({"checkpoint": OTHER.sign(FORGED)}, "the checkpoint is not signed by this key"),
        ({"log_key": OTHER.key.show()}, "the checkpoint is not signed by this key"),
        ({"log_key": 7}, "the bundle has no log_key"),
    ],
)
def test_a_changed_bundle_is_not_verified(change, reason):
    verdict = verify(bundle() | change)

    assert not verdict.is_valid
    assert verdict.sentence.startswith(f"NOT VERIFIED: {reason}")


def test_a_log_that_is_signed_by_its_own_key_is_not_the_log_of_a_trusted_one():
    assert not verify(bundle(), OTHER.key.show()).is_valid


def test_the_command_verifies_a_file_and_ends_with_0_or_1(tmp_path, capsys):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(bundle()))
    bad.write_text(json.dumps(bundle() | {"position": 0}))

    assert main(["verify", str(good), "--key", SIGNER.key.show()]) == 0
    assert main(["verify", str(bad)]) == 1

    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("VERIFIED: decision dc_0 is entry 1 of 3")
    assert second == ("NOT VERIFIED: the path does not lead from the entry to the signed root.")


@pytest.mark.parametrize("content", [None, b"", b"[]", b"\xff", b"[" * 100_000])
def test_the_command_refuses_a_file_that_is_no_bundle(tmp_path, capsys, content):
    path = tmp_path / "file.json"
    if content is not None:
        path.write_bytes(content)

    assert main(["verify", str(path)]) == 1
    assert "[bad_input]" in capsys.readouterr().err


def test_a_kind_the_log_does_not_know_and_a_short_commitment_are_refused():
    with pytest.raises(ValueError, match="no kind"):
        Entry("rumour", 1, bytes(32))
    with pytest.raises(ValueError, match="32 bytes"):
        Entry("decision", 1, bytes(31))
