"""What a witness signs, what it refuses, and what it can prove about a log that told two tales."""

import json

import pytest

from tongtu.kernel.errors import BadInput
from tongtu.witness.cosignature import Cosigner, WitnessKey, cosigned_at, cosigners
from tongtu.witness.fork import verify_fork
from tongtu.witness.note import Signer, checkpoint_text, open_note, with_lines
from tongtu.witness.rules import NOTHING, Refusal, Seen, Shown, Why, judge
from tongtu.witness.tree import consistency_ranges, leaf_hash, root_of

LOG = Signer.of("test", bytes(range(32)))
STRANGER = Signer.of("test", bytes(32))
FOUR = [Cosigner.of(name, bytes([n]) * 32) for n, name in enumerate("abcd", start=1)]
TRUE = [leaf_hash(bytes([n]) * 32) for n in range(40)]
# The same log with its sixth entry exchanged.
FALSE = [*TRUE[:5], leaf_hash(b"\xff" * 32), *TRUE[6:]]


def note_of(leaves, size, signer=LOG):
    return signer.sign(checkpoint_text(signer.name, size, root_of(leaves[:size])))


def shown(leaves, old, new, signer=LOG):
    path = [root_of(leaves[start:end]) for start, end in consistency_ranges(old, new)]
    return Shown(old, tuple(path), note_of(leaves, new, signer))


def seen(size, leaves=TRUE):
    return Seen(size, root_of(leaves[:size]), note_of(leaves, size)) if size else NOTHING


@pytest.mark.parametrize("old", range(13))
@pytest.mark.parametrize("new", range(1, 13))
def test_every_continuation_of_what_was_seen_is_signed(old, new):
    if old <= new:
        assert judge(seen(old), shown(TRUE, old, new), LOG.key) == seen(new)


@pytest.mark.parametrize("old", range(6, 13))
@pytest.mark.parametrize("new", range(7, 13))
def test_no_continuation_of_another_history_is_signed_and_the_fork_is_proved(old, new):
    if old > new:
        return
    found = judge(seen(old), shown(FALSE, old, new), LOG.key)

    assert isinstance(found, Refusal)
    if old == 8 and new > 8:  # the path begins beside the old tree, so it cannot tell its root
        assert (found.why, found.fork) == (Why.INCONSISTENT, None)
    else:
        file = json.loads(json.dumps(found.fork.to_file()))
        assert verify_fork(file, LOG.key.show()).startswith("FORK PROVED: tongtu.log/test signed")


@pytest.mark.parametrize(
    ("given", "why", "size"),
    [
        (Shown(5, (), note_of(TRUE, 9)), Why.OTHER_STATE, 7),
        (shown(TRUE, 5, 6), Why.OTHER_STATE, 7),  # a log that shrank
        (Shown(10, (), note_of(TRUE, 9)), Why.MALFORMED, 0),
        (shown(TRUE, 7, 9, STRANGER), Why.NOT_SIGNED, 0),
        (Shown(7, (), note_of(TRUE, 9, Signer.of("b", bytes(32)))), Why.UNKNOWN_LOG, 0),
        (Shown(7, (), "no note"), Why.MALFORMED, 0),
        (Shown(7, (), LOG.sign(checkpoint_text(LOG.name, 9, b"short"))), Why.MALFORMED, 0),
        (Shown(7, (), note_of(TRUE, 9)), Why.INCONSISTENT, 7),
        (Shown(7, shown(TRUE, 7, 9).path[:-1], note_of(TRUE, 9)), Why.INCONSISTENT, 7),
    ],
)
def test_what_is_not_the_log_or_not_its_continuation_is_refused(given, why, size):
    found = judge(seen(7), given, LOG.key)

    assert (found.why, found.size, found.fork) == (why, size, None)


def test_a_request_is_written_and_read_as_the_protocol_says():
    given = shown(TRUE, 3, 7)
    body = given.write()

    assert body.startswith("old 3\n")
    assert body.endswith(f"\n\n{given.note}")
    assert Shown.read(body) == given
    assert Shown.read(shown(TRUE, 0, 7).write()).path == ()


@pytest.mark.parametrize(
    "body",
    ["", "old 3", "old 03\n\nx", "old -1\n\nx", "old 3\nAA==\n\nx", "old 3\n!\n\nx",
     "old ٣\n\nx", "old 3\n" + "cnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n" * 64 + "\nx"],
)  # fmt: skip
def test_a_body_that_is_no_request_is_refused(body):
    with pytest.raises(BadInput):
        Shown.read(body)


def test_a_checkpoint_tells_which_witnesses_signed_it_and_stays_the_logs_own_note():
    note = note_of(TRUE, 7)
    text = open_note(note, LOG.key)
    full = with_lines(note, [one.cosign(text, 1_700_000_000) for one in FOUR[:3]])
    keys = [one.key for one in FOUR]

    assert open_note(full, LOG.key) == text
    assert cosigners(full, keys) == keys[:3]
    assert cosigners(full, [keys[0]] * 3) == keys[:1]  # one witness counts once
    assert cosigned_at(full, keys[1]) == 1_700_000_000
    assert cosigned_at(full, keys[3]) is None


def test_a_co_signature_of_another_text_or_time_is_false():
    note, other = note_of(TRUE, 7), note_of(TRUE, 8)
    line = FOUR[0].cosign(open_note(other, LOG.key), 1_700_000_000)
    bare = FOUR[0].key

    with pytest.raises(BadInput):
        cosigned_at(with_lines(note, [line]), bare)
    # The same key's signature as a log's: another kind of line, which is no word of the witness.
    assert cosigned_at(Signer(bare.name, FOUR[0].private).sign("x\n"), bare) is None


def test_the_key_of_a_witness_is_shown_and_read_back_and_is_no_key_of_a_log():
    key = FOUR[0].key

    assert WitnessKey.read(key.show()) == key
    with pytest.raises(BadInput):
        WitnessKey.read(LOG.key.show())


@pytest.mark.parametrize(
    "change",
    [
        {"format": "x"},
        {"path": None},
        {"path": ["00"]},
        {"other_root": "00" * 32},
        {"newer": note_of(TRUE, 9)},
        {"older": note_of(FALSE, 7)},
        {"older": note_of(TRUE, 7, STRANGER)},
        {"log_key": STRANGER.key.show()},
    ],
)
def test_a_file_that_proves_no_fork_accuses_nobody(change):
    true = judge(seen(7), shown(FALSE, 7, 9), LOG.key).fork.to_file()

    assert verify_fork(true)
    with pytest.raises(BadInput):
        verify_fork(true | change)
