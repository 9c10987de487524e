import json
from base64 import b64encode

import pytest

from tongtu.channels.cli import main
from tongtu.evidence.bundle import Trust, Verdict, to_bundle, verify
from tongtu.evidence.model import Entry, Proof, commitment
from tongtu.witness.cosignature import Cosigner
from tongtu.witness.note import Signer, checkpoint_text, open_note, with_lines
from tongtu.witness.tree import Frontier, leaf_hash, node_hash

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
        "VERIFIED: entry 1 of 3 in tongtu.log/test with exactly this content of 20 bytes, which the"
        f" file says is decision dc_0, signed by a key you trust ({key}); not yet co-signed by any"
        " witness."
    )


def test_kind_and_subject_are_told_as_the_files_own_words():
    """The log commits to the content alone: another label fits it as well."""
    other = verify(bundle() | {"kind": "consent", "subject": "co_9"}, SIGNER.key.show())

    assert other.is_valid
    assert ", which the file says is consent co_9, signed by" in other.sentence


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
    assert first.startswith("VERIFIED: entry 1 of 3 in tongtu.log/test")
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


FOUR = [Cosigner.of(name, bytes([n]) * 32) for n, name in enumerate("abcd", start=1)]


def cosigned(signers, **change):
    """The bundle whose checkpoint `signers` co-signed."""
    whole = bundle()
    text = open_note(whole["checkpoint"], SIGNER.key)
    note = with_lines(whole["checkpoint"], [one.cosign(text, 1_700_000_000) for one in signers])
    keys = [one.key.show() for one in signers]
    return whole | {"checkpoint": note, "witnesses": keys} | change


def test_a_bundle_is_final_when_three_of_four_trusted_witnesses_co_signed():
    trust = Trust(SIGNER.key.show(), [one.key.show() for one in FOUR])

    three, two = verify(cosigned(FOUR[:3]), trust=trust), verify(cosigned(FOUR[1:3]), trust=trust)

    assert three.is_valid
    assert three.sentence.endswith(
        "; co-signed by 3 witnesses whom you trust"
        " (tongtu.witness/a, tongtu.witness/b, tongtu.witness/c)."
    )
    assert two == Verdict(
        is_valid=False,
        sentence="NOT VERIFIED: 2 of the witnesses you trust co-signed it, 3 are wanted.",
    )
    assert "whose keys stand in the file" in verify(cosigned(FOUR)).sentence


def test_a_quorum_that_two_histories_could_have_is_none():
    keys = [one.key.show() for one in FOUR]

    two, again = Trust(None, keys, 2), Trust(None, [*keys[:2], keys[0]], 2)

    assert verify(cosigned(FOUR), trust=two).sentence == (
        "NOT VERIFIED: of 4 witnesses at least 3 have to sign: of two histories each could have 2."
    )
    assert verify(cosigned(FOUR), trust=again).is_valid


def test_strangers_and_one_witness_named_often_are_no_quorum():
    trusted = [one.key.show() for one in FOUR]
    strangers = [Cosigner.of(name, bytes([n]) * 32) for n, name in enumerate("abc", start=9)]
    twice = Trust(SIGNER.key.show(), [trusted[0]] * 3)

    assert not verify(cosigned(strangers), trust=Trust(None, trusted)).is_valid
    assert not verify(cosigned(FOUR), trust=twice).is_valid


@pytest.mark.parametrize(
    "change",
    [
        {"witnesses": "x"},
        {"witnesses": [1]},
        {"witnesses": [FOUR[0].key.show()] * 17},
        {"checkpoint": cosigned(FOUR)["checkpoint"][:-8] + "AAAAAA==\n"},
    ],
)
def test_a_bundle_with_false_witnesses_is_refused(change):
    assert not verify(cosigned(FOUR) | change).is_valid
