"""One leaf for a whole commit: each of its entries is proved alone, and nothing else is."""

import hashlib
import json

import pytest

from tongtu.evidence.batched import batch_entry, batch_salts, inside
from tongtu.evidence.bundle import to_bundle, verify
from tongtu.evidence.model import Proof, commitment
from tongtu.witness.note import Signer, checkpoint_text
from tongtu.witness.tree import leaf_hash, node_hash, root_by_path, root_of

SIGNER = Signer.of("test", bytes(range(32)))
SALTS = batch_salts(b"secret", 7, 300)
PAYLOADS = [f"transfer {n}".encode() for n in range(300)]
MEMBERS = [commitment(salt, said) for salt, said in zip(SALTS, PAYLOADS, strict=True)]


def bundle(count, position, **change):
    """The proof of one member of the batch that is the second of two entries of a log."""
    entry = batch_entry("movement", 7, MEMBERS[:count])
    other = leaf_hash(b"a" * 32)
    root = node_hash(other, leaf_hash(entry.commitment))
    proof = Proof(
        "movement", 7, entry.commitment, 1, 2, (other,), root,
        SIGNER.sign(checkpoint_text(SIGNER.name, 2, root)),
    )  # fmt: skip
    made = to_bundle(
        proof, SIGNER.key, subject="py_7",
        opening=(SALTS[position], PAYLOADS[position]),
        within=(MEMBERS[position], inside(MEMBERS[:count], position)),
    )  # fmt: skip
    return json.loads(json.dumps(made)) | change


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 255, 256, 257, 300])
def test_the_leaf_of_a_batch_is_the_root_over_its_commitments(count):
    leaves = [leaf_hash(one) for one in MEMBERS[:count]]

    told = b"tongtu-batch-1" + count.to_bytes(8, "big") + root_of(leaves)
    assert batch_entry("movement", 7, MEMBERS[:count]).commitment == hashlib.sha256(told).digest()
    for position in {0, count // 2, count - 1}:
        place = inside(MEMBERS[:count], position)
        assert root_by_path(leaves[position], position, count, place.path) == root_of(leaves)


@pytest.mark.parametrize(("count", "position"), [(1, 0), (2, 1), (256, 100), (300, 299)])
def test_one_entry_of_a_batch_is_proved_with_its_content(count, position):
    verdict = verify(bundle(count, position), SIGNER.key.show())

    assert verdict.is_valid
    assert verdict.sentence.startswith(
        f"VERIFIED: number {position} of the {count} of entry 1 of 2 in"
    )
    assert "which the file says is movement py_7" in verdict.sentence


def test_what_does_not_stand_in_the_batch_is_not_proved():
    true = bundle(256, 100)
    place = true["inside"]
    spoilt = [
        {"inside": place | {"position": 101}},
        {"inside": place | {"size": 255}},
        {"inside": place | {"size": 2**70}},
        {"inside": place | {"path": place["path"][:-1]}},
        {"inside": place | {"path": ["00" * 32, *place["path"][1:]]}},
        {"inside": place | {"path": ["00" * 32] * 65}},
        {"inside": None},
        {"inside": []},
        {"inside": {}},
        {"commitment": MEMBERS[101].hex(), "salt": SALTS[101].hex()},
        {"commitment": hashlib.sha256(b"").hexdigest(), "salt": true["salt"]},
    ]

    assert verify(true, SIGNER.key.show()).is_valid
    assert [verify(true | one, SIGNER.key.show()).is_valid for one in spoilt] == [False] * 11


def test_salts_differ_within_a_batch_between_batches_and_between_secrets():
    drawn = [*SALTS, *batch_salts(b"secret", 8, 300), *batch_salts(b"other", 7, 300)]

    assert len(set(drawn)) == 900
    assert {len(one) for one in drawn} == {16}
    assert batch_salts(b"secret", 7, 5) == SALTS[:5]
