"""One leaf for a whole commit: each of its entries is proved alone, and nothing else is."""

import hashlib
import json

import pytest

from tongtu.evidence.batched import (
    Inside,
    batch_commitments,
    batch_entry,
    batch_salts,
    inside,
    root_of_batch,
)
from tongtu.evidence.bundle import to_bundle, verify
from tongtu.evidence.model import Proof, commitment
from tongtu.witness.note import Signer, checkpoint_text
from tongtu.witness.tree import leaf_hash, node_hash

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


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 255, 256, 257, 300])
def test_the_leaf_of_a_batch_is_the_root_over_its_commitments(count):
    row = MEMBERS[:count]
    while len(row) > 1:
        row = [hashlib.sha256(b"".join(row[n : n + 16])).digest() for n in range(0, len(row), 16)]

    told = b"tongtu-batch-2" + count.to_bytes(8, "big") + row[0]
    assert batch_entry("movement", 7, MEMBERS[:count]).commitment == hashlib.sha256(told).digest()
    for position in range(count):
        place = inside(MEMBERS[:count], position)
        assert root_of_batch(MEMBERS[position], place) == row[0]
        if count > 1:
            assert root_of_batch(MEMBERS[position - 1], place) != row[0]


def test_values_of_another_length_are_never_joined_to_the_same_input():
    place = inside(MEMBERS[:2], 0)
    first, second = MEMBERS[0], place.path[0]
    shifted = Inside(0, 2, (first[16:] + second,))

    assert hashlib.sha256(first[:16] + shifted.path[0]).digest() == root_of_batch(first, place)
    assert root_of_batch(first[:16], shifted) is None


def test_a_batch_has_an_entry_and_a_bound():
    for count in (0, (1 << 16) + 1):
        with pytest.raises(ValueError, match="a batch has 1 to 65536 entries"):
            batch_entry("movement", 7, MEMBERS[:1] * count)


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
        {"inside": place | {"path": [*place["path"], "00" * 32]}},
        {"inside": place | {"position": 356}},
        {"inside": None},
        {"inside": []},
        {"inside": {}},
        {"commitment": MEMBERS[101].hex(), "salt": SALTS[101].hex()},
        {"commitment": hashlib.sha256(b"").hexdigest(), "salt": true["salt"]},
    ]

    assert verify(true, SIGNER.key.show()).is_valid
    assert [verify(true | one, SIGNER.key.show()).is_valid for one in spoilt] == [False] * 13


def test_salts_differ_within_a_batch_between_batches_and_between_secrets():
    drawn = [*SALTS, *batch_salts(b"secret", 8, 300), *batch_salts(b"other", 7, 300)]

    assert len(set(drawn)) == 900
    assert {len(one) for one in drawn} == {16}
    assert batch_salts(b"secret", 7, 5) == SALTS[:5]
    assert batch_commitments(b"secret", 7, PAYLOADS) == MEMBERS
